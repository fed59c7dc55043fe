using System.Text.Json;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Workers.Sealing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ledger.Silo.Organisations.Retention;

/// <summary>
/// Does for <c>ledger retention</c> what that cannot do itself while this silo has the embedded store open. It is asked by a file beside the keys, so that
/// only who may read the keys may ask, and answers by another.
/// </summary>
internal sealed class RetentionDesk(
    IEventStore store, WorkerKeys keys, OrganisationRegistry organisations, IOptions<SiloOptions> options, TimeProvider time, Entropy entropy, ILogger<RetentionDesk> logger)
    : BackgroundService
{
    private const string Request = ".request", Taken = ".taken", Answer = ".answer";

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    private string Directory => options.Value.EffectiveKeysDirectory;

    /// <summary>Asks the silo that has the store open.</summary>
    /// <param name="directory">The directory of keys that it was started with.</param>
    /// <param name="organisation">Organisation id.</param>
    /// <param name="apply">Whether to destroy what may go.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops waiting; what was begun goes on.</param>
    /// <returns>What it found; null: nobody took the request, as the store is open in another kind of process.</returns>
    /// <exception cref="InvalidDataException">It could not; the message says why.</exception>
    public static async Task<RetentionFindings?> AskAsync(string directory, string organisation, bool apply, TimeProvider time, CancellationToken cancellationToken)
    {
        string name = Path.Combine(directory, $"retention-{organisation}.{new Entropy().NewId():N}");
        DurableFiles.Replace(name + Request, apply ? "apply\n"u8 : "look\n"u8, forOwner: true);
        long began = time.GetTimestamp();
        try
        {
            while (!File.Exists(name + Answer))
            {
                if (time.GetElapsedTime(began) > Limits.KeyPatience && TryMove(name + Request, name + Taken))
                {
                    File.Delete(name + Taken);
                    return null;
                }

                await Task.Delay(BetweenLooks, time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            File.Delete(name + Request);
            throw;
        }

        RetentionAnswer answer = JsonSerializer.Deserialize(await File.ReadAllBytesAsync(name + Answer, cancellationToken), RetentionJson.Default.RetentionAnswer)!;
        File.Delete(name + Answer);
        return answer.Findings ?? throw new InvalidDataException(answer.Failure);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Store.ConnectionString is not null)
        {
            // Anybody may open that one beside us.
            return;
        }

        using PeriodicTimer timer = new(Limits.LookForKeyRequest, time);
        do
        {
            foreach (string organisation in organisations.Organisations.Where(o => organisations.Find(o).Key is not null))
            {
                await TakeAllAsync(organisation, stoppingToken);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task TakeAllAsync(string organisation, CancellationToken cancellationToken)
    {
        string[] requests = [];
        try
        {
            requests = System.IO.Directory.GetFiles(Directory, $"retention-{organisation}.*{Request}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning(e, "Nobody can ask for retention of {Organisation} now: {Directory} cannot be read.", organisation, Directory);
        }

        foreach (string request in requests)
        {
            try
            {
                await TakeAsync(request[..^Request.Length], organisation, cancellationToken);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A full disk must not end the silo: who asked hears nothing, and asks again.
                logger.LogWarning(e, "{Request} could not be taken, or its answer not written.", request);
            }
        }
    }

    private async Task TakeAsync(string name, string organisation, CancellationToken cancellationToken)
    {
        if (!TryMove(name + Request, name + Taken))
        {
            return;
        }

        RetentionAnswer answer;
        try
        {
            bool apply = (await File.ReadAllTextAsync(name + Taken, cancellationToken)).StartsWith("apply", StringComparison.Ordinal);
            logger.LogInformation("Retention of {Organisation} is asked for, to be applied: {Apply}.", organisation, apply);
            answer = new RetentionAnswer(await RunAsync(organisation, apply, cancellationToken), null);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or EventStoreUnavailableException or KeyStoreUnavailableException)
        {
            logger.LogWarning(e, "Retention of {Organisation} broke off; the next run ends it.", organisation);
            answer = new RetentionAnswer(null, e.Message);
        }

        DurableFiles.Replace(name + Answer, JsonSerializer.SerializeToUtf8Bytes(answer, RetentionJson.Default.RetentionAnswer), forOwner: true);
        File.Delete(name + Taken);
    }

    private Task<RetentionFindings> RunAsync(string organisation, bool apply, CancellationToken cancellationToken)
    {
        // Read again each time: the rules may have changed since the start.
        List<string> failures = [];
        RetentionSchedule schedule = RetentionSchedule.Load(options.Value.Retention, failures) ?? throw new InvalidDataException(string.Join('\n', failures));
        RetentionRun run = new(store, keys, schedule, organisation, time, entropy);
        return apply ? run.ApplyAsync(cancellationToken) : run.LookAsync(cancellationToken);
    }

    private static bool TryMove(string from, string to)
    {
        try
        {
            File.Move(from, to);
            return true;
        }
        catch (FileNotFoundException)
        {
            // The other side was first.
            return false;
        }
    }
}

/// <summary>What was found, or why it could not be.</summary>
internal sealed record RetentionAnswer(RetentionFindings? Findings, string? Failure);
