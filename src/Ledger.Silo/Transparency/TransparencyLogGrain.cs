using Ledger.Contracts;
using Ledger.Contracts.Transparency;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations;
using Ledger.Verification;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Ledger.Silo.Transparency;

/// <summary>Transparency log: keeps one organisation's <see cref="LogRun"/> running for as long as it is active.</summary>
[Reentrant]
internal sealed class TransparencyLogGrain : Grain, ITransparencyLog, IDisposable
{
    private readonly OrganisationRegistry organisations;
    private readonly string organisation;
    private readonly LogRun log;
    private readonly CancellationTokenSource stopping = new();
    private Task running = Task.CompletedTask;

    public TransparencyLogGrain(
        IGrainContext context, OrganisationRegistry organisations, IEventStore store, IOptions<SiloOptions> options, WitnessClient witnesses,
        TimeProvider time, Entropy entropy, ILogger<TransparencyLogGrain> logger)
    {
        this.organisations = organisations;
        organisation = context.GrainId.Key.ToString()!;
        log = new LogRun(organisation, store, options.Value, witnesses.Http, time, entropy, logger);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    public void Dispose() => stopping.Dispose();

    public Task<LogStatus> KeepAsync()
    {
        if (running.IsCompleted && organisations.Find(organisation).Key is not null)
        {
            // On the thread pool: reading and hashing must not hold up the grain's answers.
            running = Task.Run(() => log.RunAsync(stopping.Token));
        }

        return Task.FromResult(log.Progress.Status());
    }

    public Task<bool> AwaitPublishedAsync(ulong commit, ulong prepare, TimeSpan patience) =>
        log.Progress.AwaitPublishedAsync(new StorePosition(commit, prepare), patience, stopping.Token);

    public Task<byte[]?> SignedCheckpointAsync() => Task.FromResult(log.Progress.Signed?.Note.ToArray());

    public Task<Refusal?> AddCosignatureAsync(byte[] note) => Task.FromResult(
        note.Length > Limits.NoteBytes || !Note.TryParse(note, out Note? cosigned)
            ? new Refusal(RefusalCode.Malformed, "note", ["c2sp.org/signed-note"])
            : log.Publisher is { } publisher ? publisher.Take(cosigned) : new Refusal(RefusalCode.ServiceUnavailable, "", RetryAfter: Limits.RetryAfter));
}

/// <summary>How witnesses are reached.</summary>
internal sealed class WitnessClient : IDisposable
{
    public HttpClient Http { get; } = new() { Timeout = Limits.WitnessPatience, MaxResponseContentBufferSize = Limits.NoteBytes };

    public void Dispose() => Http.Dispose();
}
