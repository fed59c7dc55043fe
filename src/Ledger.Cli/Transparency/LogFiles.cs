using Ledger.Cli.Hosting;
using Microsoft.Win32.SafeHandles;

namespace Ledger.Cli.Transparency;

/// <summary>The files of a log (c2sp.org/tlog-tiles), wherever they are.</summary>
internal abstract class LogFiles : IDisposable
{
    /// <summary>Where they are, as people write it.</summary>
    public abstract string Address { get; }

    /// <summary>How many may be read at once to good effect.</summary>
    public abstract int AtOnce { get; }

    /// <summary>Reads one; null when the log says that it has none.</summary>
    /// <exception cref="LogReadException">Unreachable, or longer than it may be.</exception>
    public abstract Task<RentedBytes?> ReadAsync(string path, int maxLength, CancellationToken cancellationToken);

    /// <summary>Brings the log a text; the HTTP status of the answer.</summary>
    /// <exception cref="LogReadException">Unreachable.</exception>
    public abstract Task<int> PostAsync(string path, ReadOnlyMemory<byte> text, CancellationToken cancellationToken);

    public virtual void Dispose()
    {
    }

    /// <summary>Opens what a command line names: a URL, or else a folder.</summary>
    /// <param name="session">Where the command runs.</param>
    /// <param name="address">URL prefix of the log, or path of a folder with the same files.</param>
    /// <param name="tries">How often to ask for the same thing when the line is bad.</param>
    /// <exception cref="CommandFailure">It is neither.</exception>
    public static LogFiles Open(Session session, string address, int tries)
    {
        if (Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && !uri.IsFile)
        {
            return uri.Scheme is "http" or "https" && uri.Query.Length == 0 && uri.Fragment.Length == 0
                ? new LogSite(uri, session.Around.Time, tries)
                : throw new CommandFailure(ExitCode.Usage, session.Texts.Format("log.address", address));
        }

        string folder = uri?.LocalPath ?? Path.GetFullPath(address, session.Around.Directory);
        return Directory.Exists(folder)
            ? new LogFolder(folder)
            : throw new CommandFailure(ExitCode.Usage, session.Texts.Format("log.noFolder", folder));
    }
}

/// <summary>The files of a log in a folder of this machine.</summary>
internal sealed class LogFolder(string folder) : LogFiles
{
    private const int NotFound = 404;

    public override string Address => folder;

    public override int AtOnce => Environment.ProcessorCount;

    public override Task<RentedBytes?> ReadAsync(string path, int maxLength, CancellationToken cancellationToken)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(Path.Combine(folder, path));
            return Task.FromResult<RentedBytes?>(
                RentedBytes.Read(file, maxLength) ?? throw new LogReadException(LogFault.Malformed, path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<RentedBytes?>(null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogReadException(LogFault.Unreachable, path, "log.broken", e.Message, e);
        }
    }

    // Nobody takes anything there.
    public override Task<int> PostAsync(string path, ReadOnlyMemory<byte> text, CancellationToken cancellationToken) => Task.FromResult(NotFound);
}
