using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.V1;

namespace Ledger.Scenarios.Transparency;

/// <summary>A server whose log has some hundred leaves, for scenarios that only read.</summary>
public sealed class LogServer : IAsyncLifetime
{
    public const int Decisions = 300;

    private readonly TemporaryDirectory data = new();

    internal LedgerProcess Server { get; private set; } = null!;

    internal ServedLog Log => new(Server.Http);

    internal List<Receipt> Receipts { get; } = [];

    public async Task InitializeAsync()
    {
        Server = await LedgerProcess.StartAsync(new()
        {
            DataDirectory = data.Path,
            Variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["Ledger__Log__IntervalSeconds"] = "0.05" },
        });
        Random random = new(1);
        using var call = Server.Decisions.RecordDecisions();
        RecordDecisionsRequest batch = new() { Parent = DecisionBuilder.Organisation };
        batch.Decisions.AddRange(Enumerable.Range(0, Decisions).Select(i => new DecisionBuilder(Seed.NewId(random), $"E-{i % 7}").Build()));
        await call.RequestStream.WriteAsync(batch);
        (await call.ResponseStream.MoveNext(CancellationToken.None)).Should().BeTrue();
        Receipts.AddRange(call.ResponseStream.Current.Results.Select(r => r.Receipt));
        await call.RequestStream.CompleteAsync();
        await Server.Transparency.GetCheckpointAsync(
            new GetCheckpointRequest { Parent = DecisionBuilder.Organisation, Covering = Receipts.MaxBy(r => r.Position.Commit)!.Position });
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        data.Dispose();
    }
}
