using System.Diagnostics;
using System.Text.RegularExpressions;
using Ledger.Benchmarks.Decisions;

namespace Ledger.Benchmarks.Postgres;

/// <summary>
/// The baseline that a careful team would build instead: PostgreSQL, a table, hashes chained by a trigger, driven by
/// <c>pgbench</c>. A cluster of its own on the same disk, commits as durable as PostgreSQL makes them by default.
/// </summary>
internal sealed partial class AuditTable : IAsyncDisposable
{
    private const string User = "postgres";
    private readonly string _directory;
    private readonly StoredSample _sample;
    private readonly int _workers;

    private AuditTable(string directory, StoredSample sample, int workers)
    {
        _directory = directory;
        _sample = sample;
        _workers = workers;
    }

    /// <summary>Directory of the newest PostgreSQL that Debian installed, if there is one.</summary>
    public static string? Binaries { get; } = !Directory.Exists("/usr/lib/postgresql") ? null : Directory
        .EnumerateDirectories("/usr/lib/postgresql")
        .Select(version => Path.Combine(version, "bin"))
        .Where(bin => File.Exists(Path.Combine(bin, "pgbench")))
        .OrderByDescending(bin => bin, StringComparer.Ordinal)
        .FirstOrDefault();

    public static async Task<AuditTable> StartAsync(StoredSample sample, int workers)
    {
        // Unix sockets have short names, and the server must not run as root: hence a directory given to its user.
        var directory = Directory.CreateTempSubdirectory("ledger-pg-").FullName;
        var table = new AuditTable(directory, sample, workers);
        if (AsRoot)
        {
            await ExecuteAsync("chown", [User, directory]);
        }

        await RunAsync("initdb", ["-D", table.Data, "-U", User, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]);
        await File.AppendAllTextAsync(Path.Combine(table.Data, "postgresql.conf"),
            $"""
            listen_addresses = ''
            unix_socket_directories = '{directory}'
            shared_buffers = 512MB
            wal_buffers = 64MB
            max_wal_size = 4GB
            checkpoint_timeout = 30min
            max_connections = 100
            fsync = on
            synchronous_commit = on
            jit = off
            """);
        await RunAsync("pg_ctl", ["-D", table.Data, "-w", "-l", Path.Combine(directory, "log"), "start"]);
        await using var schema = typeof(AuditTable).Assembly.GetManifestResourceStream("audit-table.sql")!;
        using var reader = new StreamReader(schema);
        await RunAsync("psql", ["-h", directory, "-U", User, "-q", "-v", "ON_ERROR_STOP=1", "-c", await reader.ReadToEndAsync(), User]);
        return table;
    }

    /// <summary>One row a transaction, 64 clients. Rows a second.</summary>
    public Task<double> SinglesAsync(TimeSpan window) => PgbenchAsync(window, clients: 64, rows: 1,
        "INSERT INTO audit (stream, event_id, type, metadata, data) VALUES ('worker-main-' || md5((:w)::text), gen_random_uuid(), 'decision-recorded.v1', "
        + "convert_to(:metadata, 'UTF8'), convert_to(gen_random_uuid()::text || :data, 'UTF8'))");

    /// <summary>A hundred rows a statement and transaction, in the order of their locks so that none deadlocks. Rows a second.</summary>
    public Task<double> BatchesAsync(TimeSpan window, int clients) => PgbenchAsync(window, clients, rows: RecordLoad.BatchSize,
        "INSERT INTO audit (stream, event_id, type, metadata, data) SELECT 'worker-main-' || md5(w::text), gen_random_uuid(), 'decision-recorded.v1', "
        + $"convert_to(:metadata, 'UTF8'), convert_to(gen_random_uuid()::text || :data, 'UTF8') FROM (SELECT 1 + floor(random() * {_workers})::int AS w "
        + $"FROM generate_series(1, {RecordLoad.BatchSize})) AS batch ORDER BY hashtextextended('worker-main-' || md5(w::text), 0)");

    public async ValueTask DisposeAsync()
    {
        await RunAsync("pg_ctl", ["-D", Data, "-m", "immediate", "stop"]);
        Directory.Delete(_directory, recursive: true);
    }

    private static bool AsRoot => Environment.IsPrivilegedProcess;

    private string Data => Path.Combine(_directory, "data");

    private async Task<double> PgbenchAsync(TimeSpan window, int clients, int rows, string statement)
    {
        var script = Path.Combine(_directory, "script.sql");
        await File.WriteAllTextAsync(script, string.Create(CultureInfo.InvariantCulture, $"\\set w random(1, {_workers})\n{statement};\n"));
        var data = _sample.TypicalData[36..];
        var output = await RunAsync("pgbench",
        [
            "-h", _directory, "-U", User, "-n", "-M", "prepared", "-c", clients.ToString(CultureInfo.InvariantCulture), "-j", "2",
            "-T", Math.Max(1, Math.Round(window.TotalSeconds)).ToString(CultureInfo.InvariantCulture),
            "-D", $"data={data}", "-D", $"metadata={_sample.TypicalMetadata}", "-f", script, User,
        ]);
        return double.Parse(Tps().Match(output).Groups["rate"].Value, CultureInfo.InvariantCulture) * rows;
    }

    private static Task<string> RunAsync(string program, IReadOnlyList<string> arguments)
    {
        var path = Path.Combine(Binaries ?? throw new InvalidOperationException("PostgreSQL is not installed."), program);
        return AsRoot
            ? ExecuteAsync("runuser", ["-u", User, "--", path, .. arguments])
            : ExecuteAsync(path, arguments);
    }

    private static async Task<string> ExecuteAsync(string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = "/" };
        using var process = Process.Start(start)!;
        // pg_ctl leaves a server behind that keeps its output open: reading to the end of it would never return.
        if (arguments.Contains("start", StringComparer.Ordinal))
        {
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? "" : throw new InvalidOperationException($"{program} start failed: {process.ExitCode}");
        }

        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} failed: {await errors}");
    }

    [GeneratedRegex(@"^tps = (?<rate>[0-9.]+)", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Tps();
}
