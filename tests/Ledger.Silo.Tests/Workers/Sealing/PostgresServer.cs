using System.Diagnostics;
using Npgsql;
using Xunit;

namespace Ledger.Silo.Tests.Workers.Sealing;

/// <summary>A PostgreSQL of its own for the tests, on a Unix socket; it can be stopped and started again.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private const string User = "postgres";
    private readonly string directory = Directory.CreateTempSubdirectory("ledger-pg-").FullName;
    private int databases;

    /// <summary>Why there is none; null when there is one.</summary>
    public static string? Missing { get; } = Binaries is null ? "PostgreSQL is not installed (apt-get install postgresql)." : null;

    private static string? Binaries => !Directory.Exists("/usr/lib/postgresql") ? null : Directory
        .EnumerateDirectories("/usr/lib/postgresql")
        .Select(version => Path.Combine(version, "bin"))
        .Where(bin => File.Exists(Path.Combine(bin, "initdb")))
        .OrderByDescending(bin => bin, StringComparer.Ordinal)
        .FirstOrDefault();

    private static bool AsRoot => Environment.IsPrivilegedProcess;

    private string Data => Path.Combine(directory, "data");

    public async Task InitializeAsync()
    {
        if (Missing is not null)
        {
            return;
        }

        // The server must not run as root: hence a directory given to its user. Unix sockets have short names.
        if (AsRoot)
        {
            await ExecuteAsync("chown", [User, directory]);
        }

        await RunAsync("initdb", ["-D", Data, "-U", User, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]);
        await File.AppendAllTextAsync(Path.Combine(Data, "postgresql.conf"),
            $"""

            listen_addresses = ''
            unix_socket_directories = '{directory}'
            shared_buffers = 32MB
            max_connections = 50
            synchronous_commit = off
            """);
        await StartAsync();
    }

    public Task StartAsync() => RunAsync("pg_ctl", ["-D", Data, "-w", "-l", Path.Combine(directory, "log"), "start"]);

    public Task StopAsync() => RunAsync("pg_ctl", ["-D", Data, "-m", "immediate", "-w", "stop"]);

    /// <summary>Connection string of an empty database.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        string name = $"d{Interlocked.Increment(ref databases)}";
        // Not pooled: one from before a stop would be dead.
        await using NpgsqlConnection connection = new(Address(User) + ";Pooling=false");
        await connection.OpenAsync();
        await using NpgsqlCommand create = new($"CREATE DATABASE {name}", connection);
        await create.ExecuteNonQueryAsync();
        return Address(name);
    }

    public async Task DisposeAsync()
    {
        if (Missing is null)
        {
            NpgsqlConnection.ClearAllPools();
            await StopAsync();
        }

        Directory.Delete(directory, recursive: true);
    }

    private string Address(string database) => $"Host={directory};Username={User};Database={database};Timeout=5;Command Timeout=20";

    private static Task RunAsync(string program, IReadOnlyList<string> arguments)
    {
        string path = Path.Combine(Binaries!, program);
        return AsRoot ? ExecuteAsync("runuser", ["-u", User, "--", path, .. arguments]) : ExecuteAsync(path, arguments);
    }

    private static async Task ExecuteAsync(string program, IReadOnlyList<string> arguments)
    {
        // pg_ctl leaves a server behind that keeps its output open: reading to the end of it would never return.
        bool leaves = arguments.Contains("start", StringComparer.Ordinal);
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = "/" };
        using Process process = Process.Start(start)!;
        Task<string> errors = leaves ? Task.FromResult("") : process.StandardError.ReadToEndAsync();
        Task<string> output = leaves ? Task.FromResult("") : process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed: {await errors}{await output}");
        }
    }
}
