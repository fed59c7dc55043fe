using System.Text.Json;
using FluentAssertions;
using Grpc.Core;
using Ledger.Cli.Import;
using Ledger.V1;
using Xunit;

namespace Ledger.Cli.Tests.Import;

public sealed class ImporterTests : IAsyncLifetime
{
    private readonly Folder folder = new();
    private FakeLedger ledger = null!;

    public async Task InitializeAsync() => ledger = await FakeLedger.StartAsync();

    public async Task DisposeAsync()
    {
        await ledger.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Import_Twice_RecordsOnce()
    {
        ImportRequest request = folder.Request(folder.Write("a.jsonl", Sample.Rows(0, 1000)), Sample.Mapping);

        ImportResult first = await RunAsync(request);
        ImportResult second = await RunAsync(request);

        first.Counts.Should().BeEquivalentTo(new { Rows = 1000, Decisions = 1000, Recorded = 1000, Already = 0, Refused = 0, BadRows = 0 });
        second.Counts.Should().BeEquivalentTo(new { Rows = 1000, Decisions = 1000, Recorded = 0, Already = 1000, Refused = 0, BadRows = 0 });
        second.ResumedFromRow.Should().Be(0);
        ledger.Service.Recorded.Should().HaveCount(1000);
        ledger.Service.MostUnanswered.Should().BeLessThanOrEqualTo(StreamLimits.BatchesInFlight);
    }

    [Fact]
    public async Task BadRowsAndRefusals_AreReported_AndDoNotStopTheRest()
    {
        string file = folder.Write("a.jsonl", Sample.Row(1) + "\nnonsense\n" + Sample.Row(2, at: "never") + "\n" + Sample.Row(3) + "\n" + Sample.Row(4) + "\n");
        ledger.Service.Refuse = (_, decision) => decision.Personal.Outcome.Amount.Quantity.Number == 3 ? FakeService.Refusal("UNKNOWN_UNIT", "personal.outcome") : null;

        ImportResult result = await RunAsync(folder.Request(file, Sample.Mapping));

        result.Counts.Should().BeEquivalentTo(new { Rows = 5, Decisions = 3, Recorded = 2, Refused = 1, BadRows = 2 });
        Report().Select(line => (line.GetProperty("line").GetInt32(), line.GetProperty("field").GetString(), line.GetProperty("code").GetString(), line.GetProperty("by").GetString()))
            .Should().Equal((2, "", "row_malformed", "import"), (3, "at", "not_a_time", "import"), (4, "personal.outcome", "UNKNOWN_UNIT", "server"));
    }

    [Fact]
    public async Task ItemsToBeTriedLater_AreSentAgain_UntilTheyAreRecorded()
    {
        HashSet<string> once = [];
        ledger.Service.Refuse = (_, decision) => once.Add(decision.DecisionId) && once.Count % 3 == 0 ? FakeService.Later("busy") : null;

        ImportResult result = await RunAsync(folder.Request(folder.Write("a.jsonl", Sample.Rows(0, 300)), Sample.Mapping));

        result.Counts.Should().BeEquivalentTo(new { Recorded = 300, Already = 0, Refused = 0 });
        ledger.Service.Recorded.Should().HaveCount(300);
    }

    [Fact]
    public async Task StreamThatBreaks_IsOpenedAgain_AndNothingIsLostOrTwice()
    {
        ledger.Service.Arrived = batch => ThrowIf(batch is 3 or 9);
        ledger.Service.Answering = batch => ThrowIf(batch is 6 or 14);

        ImportResult result = await RunAsync(folder.Request(folder.Write("a.jsonl", Sample.Rows(0, 400)), Sample.Mapping));

        ledger.Service.Recorded.Should().HaveCount(400);
        (result.Counts.Recorded + result.Counts.Already).Should().Be(400);
        result.Reconnects.Should().Be(4);
    }

    [Fact]
    public async Task InterruptedImport_GoesOnFromThere_AndReportsNothingTwice()
    {
        string file = folder.Write("a.jsonl", string.Concat(Enumerable.Range(0, 600).Select(i => (i % 50 == 0 ? "bad" : Sample.Row(i)) + "\n")));
        ImportRequest request = folder.Request(file, Sample.Mapping);
        using CancellationTokenSource interrupt = new();
        ledger.Service.Answering = batch => CancelIf(batch == 30, interrupt);
        await FluentActions.Awaiting(() => RunAsync(request, interrupt.Token)).Should().ThrowAsync<Exception>();
        ImportState state = ImportState.Read(request.StatePath!)!;
        int before = ledger.Service.Recorded.Count;

        ledger.Service.Answering = _ => { };
        ImportResult result = await RunAsync(request);

        state.Finished.Should().BeFalse();
        state.Rows.Should().BeInRange(100, 599);
        before.Should().BeLessThan(588);
        result.ResumedFromRow.Should().Be(state.Rows);
        result.DecisionsThisRun.Should().BeLessThan(588);
        result.Counts.Should().BeEquivalentTo(new { Rows = 600, Decisions = 588, BadRows = 12, Refused = 0 });
        ledger.Service.Recorded.Should().HaveCount(588);
        Report().Select(line => line.GetProperty("row").GetInt32()).Should().Equal(Enumerable.Range(0, 12).Select(i => (i * 50) + 1));
        ImportState.Read(request.StatePath!)!.Finished.Should().BeTrue();
    }

    [Theory]
    [InlineData(nameof(StartedOver.FileChanged))]
    [InlineData(nameof(StartedOver.MappingChanged))]
    [InlineData(nameof(StartedOver.OtherOrganisation))]
    public async Task InterruptedImport_OfSomethingElseByNow_StartsOverAndSaysWhy(string change)
    {
        StartedOver why = Enum.Parse<StartedOver>(change);
        ImportRequest request = folder.Request(folder.Write("a.jsonl", Sample.Rows(0, 200)), Sample.Mapping);
        using CancellationTokenSource interrupt = new();
        ledger.Service.Answering = batch => CancelIf(batch == 10, interrupt);
        await FluentActions.Awaiting(() => RunAsync(request, interrupt.Token)).Should().ThrowAsync<Exception>();
        ledger.Service.Answering = _ => { };
        switch (why)
        {
            case StartedOver.FileChanged:
                folder.Write("a.jsonl", Sample.Rows(1, 200));
                break;
            case StartedOver.MappingChanged:
                request = request with { Mapping = Sample.Parse(Sample.Text + " ") };
                break;
            default:
                request = request with { Organisation = "other" };
                break;
        }

        ImportResult result = await RunAsync(request);

        result.StartedOver.Should().Be(why);
        result.ResumedFromRow.Should().Be(0);
        result.Counts.Rows.Should().Be(200);
    }

    [Fact]
    public async Task ServerThatStaysAway_EndsTheImport_WhichCanGoOnLater()
    {
        ImportRequest request = folder.Request(folder.Write("a.jsonl", Sample.Rows(0, 100)), Sample.Mapping) with { GiveUpAfter = TimeSpan.Zero };
        ledger.Service.Refuse = (batch, _) => batch > 4 ? FakeService.Later("the store is down") : null;

        (await FluentActions.Awaiting(() => RunAsync(request)).Should().ThrowAsync<ImportException>().WithMessage("*the store is down*")).Which.Later.Should().BeTrue();
        ledger.Service.Refuse = (_, _) => null;
        ImportResult result = await RunAsync(request with { GiveUpAfter = TimeSpan.FromMinutes(1) });

        result.ResumedFromRow.Should().BePositive();
        ledger.Service.Recorded.Should().HaveCount(100);
    }

    [Fact]
    public async Task ServerThatRefusesTheStream_EndsTheImportAtOnce()
    {
        ledger.Service.Arrived = _ => throw new RpcException(new Grpc.Core.Status(StatusCode.NotFound, "organisations/acme"));

        Func<Task> import = () => RunAsync(folder.Request(folder.Write("a.jsonl", Sample.Rows(0, 10)), Sample.Mapping));

        (await import.Should().ThrowAsync<ImportException>().WithMessage("*organisations/acme*")).Which.Later.Should().BeFalse();
    }

    [Fact]
    public async Task FileThatBreaksOff_IsRecordedUpToThere_AndTheImportSaysSo()
    {
        string whole = await File.ReadAllTextAsync(Path.Combine(Sample.Repository, "samples", "bpi2012.xes"));
        string file = folder.Write("a.xes", whole[..whole.LastIndexOf("<event>", StringComparison.Ordinal)]);

        Func<Task> import = () => RunAsync(folder.Request(file, Sample.Committed("bpi2012")));

        await import.Should().ThrowAsync<ImportException>();
        ledger.Service.Recorded.Should().NotBeEmpty();
    }

    [Fact]
    public async Task DecisionsOfOneRow_ArriveTogetherAndInOrder()
    {
        List<Decision> arrived = [];
        ledger.Service.Refuse = (_, decision) => { arrived.Add(decision); return null; };
        ImportRequest request = folder.Request(Path.Combine(Sample.Repository, "samples", "ai-hiring.jsonl"), Sample.Committed("ai-hiring"));

        await RunAsync(request);

        arrived.Should().HaveCount(40);
        arrived.Chunk(4).Should().OnlyContain(ranking =>
            ranking.Select(decision => decision.Personal.Outcome.Amount.Quantity.Number).SequenceEqual(new[] { 1.0, 2, 3, 4 })
            && ranking.Select(decision => decision.System.RunId).Distinct().Count() == 1);
    }

    private static void ThrowIf(bool now)
    {
        if (now)
        {
            throw new RpcException(new Grpc.Core.Status(StatusCode.Unavailable, "gone"));
        }
    }

    private static void CancelIf(bool now, CancellationTokenSource interrupt)
    {
        if (now)
        {
            interrupt.Cancel();
        }
    }

    private Task<ImportResult> RunAsync(ImportRequest request, CancellationToken cancellation = default) =>
        new Importer(ledger.Client, TimeProvider.System, new Random(1)).RunAsync(request, null, cancellation);

    private JsonElement[] Report() => [.. File.ReadAllLines(folder.Path("report.jsonl")).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
}
