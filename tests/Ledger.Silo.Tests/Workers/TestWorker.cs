using System.Reflection;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Tests.Decisions;
using Ledger.Silo.Tests.Hosting;
using Ledger.Silo.Workers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Silo.Tests.Workers;

/// <summary>A worker's grain by hand: the real grain on a real store, without a silo. Activations come and go as the test says.</summary>
internal sealed class TestWorker(TestStore store, string worker, TimeProvider? time = null)
{
    public static readonly CallContext Call = new("producer", "4bf92f3577b34da6a3ce929d0e0e4736", null);

    private WorkerGrain? active;

    public string Stream { get; } = WorkerStream.NameOf(StoredDecision.Organisation, worker);

    public string Index { get; } = $"trailindex-{StoredDecision.Organisation}-{worker}";

    public WorkerGrain Grain => active ??= Activate();

    /// <summary>One more activation, as another silo would have.</summary>
    public WorkerGrain Activate() => new(
        Context.For($"{StoredDecision.Organisation}/{worker}"), store, TestKeys.Of(store), time ?? TimeProvider.System, new Entropy(), NullLogger<WorkerGrain>.Instance);

    public void Deactivate() => active = null;

    public Task<RecordResult[]> RecordAsync(params PseudonymousDecision[] decisions) => Grain.RecordAsync(new(decisions), Call);

    public Task<List<RecordedEvent>> EventsAsync() => store.EventsAsync(Stream);

    /// <summary>An activation's context that knows its key and nothing else.</summary>
    // Not sealed: DispatchProxy derives from it.
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1852", Justification = "DispatchProxy derives from it.")]
    internal class Context : DispatchProxy
    {
        private GrainId id;

        public static IGrainContext For(string key)
        {
            IGrainContext context = Create<IGrainContext, Context>();
            ((Context)(object)context).id = GrainId.Create("worker", key);
            return context;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            string.Equals(targetMethod?.Name, "get_GrainId", StringComparison.Ordinal)
                ? id
                : throw new NotSupportedException($"A worker by hand has no {targetMethod?.Name}.");
    }
}
