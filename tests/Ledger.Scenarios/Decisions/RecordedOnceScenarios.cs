using Google.Protobuf;
using Grpc.Core;
using Ledger.Scenarios.Hosting;
using Ledger.V1;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Decisions;

/// <summary>However late a producer repeats itself, and however often the server was restarted in between.</summary>
public class RecordedOnceScenarios(ITestOutputHelper output)
{
    private const int LongTrail = 10_000;

    [Fact]
    public async Task Repeat_AfterRestart_GetsTheSameReceiptByteForByte()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        LedgerSetup setup = new() { DataDirectory = data.Path };
        DecisionBuilder decision = new(seed.NewId(), "E-1");
        ByteString first;
        await using (LedgerProcess server = await LedgerProcess.StartAsync(setup))
        {
            await server.Decisions.RecordDecisionAsync(new DecisionBuilder(seed.NewId(), "E-1").Request());
            first = (await server.Decisions.RecordDecisionAsync(decision.Request())).ToByteString();
            (await server.Decisions.RecordDecisionAsync(decision.Request())).ToByteString().Should().Equal(first);
            await server.StopAsync();
        }

        await using LedgerProcess again = await LedgerProcess.StartAsync(setup);
        (await again.Decisions.RecordDecisionAsync(decision.Request())).ToByteString().Should().Equal(first);
        (await again.TrailAsync("E-1")).Should().HaveCount(2).And.Subject.First().Receipt.ToByteString().Should().Equal(first);
    }

    [Fact]
    public async Task SameIdWithOtherContent_AfterRestart_IsRefusedInTheCallersLanguageNamingTheField()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        LedgerSetup setup = new() { DataDirectory = data.Path };
        DecisionBuilder decision = new(seed.NewId(), "E-1");
        await using (LedgerProcess server = await LedgerProcess.StartAsync(setup))
        {
            await server.Decisions.RecordDecisionAsync(decision.Request());
            await server.KillAsync();
        }

        await using LedgerProcess again = await LedgerProcess.StartAsync(setup);
        decision.With(d => d.Personal.Outcome.After.Text = "dimanche");
        foreach ((string asked, string locale, string words) in new[] { ("fr", "fr-CA", "est déjà consigné"), ("en;q=0.9, de", "en-CA", "already recorded") })
        {
            Refused refused = await Refused.ByAsync(
                () => again.Decisions.RecordDecisionAsync(decision.Request(), new Metadata { { "accept-language", asked } }).ResponseAsync);
            refused.Status.Should().Be(StatusCode.AlreadyExists);
            refused.Reason.Should().Be("ALREADY_RECORDED_DIFFERENTLY");
            refused.Fields.Should().Equal("decision.personal.outcome.after.text");
            refused.Locale.Should().Be(locale);
            refused.Sentence.Should().Contain(words).And.Contain("decision.personal.outcome.after.text");
        }

        (await again.TrailAsync("E-1")).Should().ContainSingle().Which.Decision.Personal.Outcome.After.Text.Should().Be("samedi");
    }

    [Fact]
    public async Task RepeatOfTheFirstOfTenThousand_AfterRestart_IsRecognised()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        LedgerSetup setup = new() { DataDirectory = data.Path };
        Random random = seed.Next();
        List<(Decision Decision, Receipt Receipt)> recorded = new(LongTrail);
        await using (LedgerProcess server = await LedgerProcess.StartAsync(setup))
        {
            using AsyncDuplexStreamingCall<RecordDecisionsRequest, RecordDecisionsResponse> call = server.Decisions.RecordDecisions();
            for (int batch = 0; batch < LongTrail / 500; batch++)
            {
                RecordDecisionsRequest request = new() { Parent = DecisionBuilder.Organisation, BatchId = batch };
                request.Decisions.AddRange(Enumerable.Range(0, 500).Select(_ => new DecisionBuilder(Seed.NewId(random), "E-1").Build()));
                await call.RequestStream.WriteAsync(request);
                (await call.ResponseStream.MoveNext(CancellationToken.None)).Should().BeTrue();
                call.ResponseStream.Current.BatchId.Should().Be(batch);
                recorded.AddRange(request.Decisions.Zip(call.ResponseStream.Current.Results, (d, r) => (d, r.Receipt)));
            }

            await call.RequestStream.CompleteAsync();
            await server.KillAsync();
        }

        recorded.Should().OnlyContain(r => r.Receipt != null);
        await using LedgerProcess again = await LedgerProcess.StartAsync(setup);
        long started = TimeProvider.System.GetTimestamp();
        Receipt repeated = await again.Decisions.RecordDecisionAsync(
            new RecordDecisionRequest { Parent = DecisionBuilder.Organisation, Decision = recorded[0].Decision });
        output.WriteLine($"First call to a worker with {LongTrail} decisions: {TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:0} ms.");
        repeated.Should().Be(recorded[0].Receipt);
        foreach (int place in new[] { 4095, 4096, 4097, 8191, 8192, 9999, random.Next(LongTrail) })
        {
            (await again.Decisions.RecordDecisionAsync(new RecordDecisionRequest { Parent = DecisionBuilder.Organisation, Decision = recorded[place].Decision }))
                .Should().Be(recorded[place].Receipt);
        }

        (await again.TrailAsync("E-1")).Select(d => d.Receipt).Reverse().Should().Equal(recorded.Select(r => r.Receipt));
    }
}
