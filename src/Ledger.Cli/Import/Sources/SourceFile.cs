using System.IO.Compression;
using System.Security.Cryptography;

namespace Ledger.Cli.Import.Sources;

internal enum SourceFormat
{
    JsonLines,
    Csv,
    Xes,
}

/// <summary>How a source is to be read; the <c>source</c> member of a mapping.</summary>
internal sealed record SourceOptions(SourceFormat? Format, char Delimiter, IReadOnlyList<XesLink> Links)
{
    public static SourceOptions Default { get; } = new(null, ',', []);
}

/// <summary>Opens a file and reads its rows one after the other; nothing but the current row is held.</summary>
internal sealed class SourceFile : IDisposable
{
    private const int BufferBytes = 1 << 16;
    private const int HeadBytes = 1 << 20;
    private readonly FileStream file;
    private readonly SourceOptions options;
    private readonly SourceFormat format;

    private SourceFile(FileStream file, SourceOptions options, SourceFormat format)
    {
        this.file = file;
        this.options = options;
        this.format = format;
    }

    public long Length => file.Length;

    public long Position => file.CanRead ? file.Position : file.Length;

    /// <summary>Opens; null if neither the mapping nor the file's name says what format it has.</summary>
    public static SourceFile? Open(string path, SourceOptions options)
    {
        if ((options.Format ?? FormatOf(path)) is not { } format)
        {
            return null;
        }

        return new SourceFile(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes), options, format);
    }

    public IEnumerable<Row> Rows() => format switch
    {
        SourceFormat.Csv => CsvRows.Read(Content(), options.Delimiter),
        SourceFormat.Xes => XesEvents.Read(Content(), options.Links),
        _ => JsonLines.Read(Content()),
    };

    public void Dispose() => file.Dispose();

    /// <summary>What tells this file from another: its size and the SHA-256 of its first and last mebibyte.</summary>
    public static string IdentityOf(string path)
    {
        using FileStream stream = File.OpenRead(path);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[(int)Math.Min(HeadBytes, stream.Length)];
        stream.ReadExactly(buffer);
        hash.AppendData(buffer);
        stream.Position = stream.Length - buffer.Length;
        stream.ReadExactly(buffer);
        hash.AppendData(buffer);
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{stream.Length}:{Convert.ToHexStringLower(hash.GetHashAndReset())}");
    }

    private static SourceFormat? FormatOf(string path)
    {
        string name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return Path.GetExtension(name).ToUpperInvariant() switch
        {
            ".JSONL" or ".NDJSON" => SourceFormat.JsonLines,
            ".CSV" => SourceFormat.Csv,
            ".XES" => SourceFormat.Xes,
            _ => null,
        };
    }

    // By the file's first bytes, not its name: a .gz that a browser unpacked on the way is read all the same.
    private Stream Content()
    {
        file.Position = 0;
        bool zipped = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
        file.Position = 0;
        return zipped ? new BufferedStream(new GZipStream(file, CompressionMode.Decompress), BufferBytes) : file;
    }
}
