using System.Security.Cryptography;
using Ledger.EventStore;

namespace Ledger.Cli.Hosting;

/// <summary>A file that has its name only once all of it is durable; left before, it is gone.</summary>
internal sealed class WholeFile : IAsyncDisposable
{
    private readonly string path;
    private readonly string draft;
    private readonly FileStream stream;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public WholeFile(string path)
    {
        this.path = path;
        draft = $"{path}.{Environment.ProcessId}.partial";
        stream = new FileStream(draft, FileMode.Create, FileAccess.Write, FileShare.None);
    }

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        hash.AppendData(bytes.Span);
        Length += bytes.Length;
        await stream.WriteAsync(bytes, cancellationToken);
    }

    /// <summary>Gives the file its name. Returns its SHA-256 in hexadecimal.</summary>
    public async Task<string> CompleteAsync(CancellationToken cancellationToken)
    {
        await stream.FlushAsync(cancellationToken);
        stream.Flush(flushToDisk: true);
        await stream.DisposeAsync();
        File.Move(draft, path, overwrite: true);
        DurableFiles.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        hash.Dispose();
        File.Delete(draft);
    }
}
