using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.Tests;
using Ledger.V1;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Requests;

/// <summary>A caller who hung up before the answer came asks again, and has done it once: every command that writes, whatever moment the line broke.</summary>
public class LostReplyScenarios(ITestOutputHelper output)
{
    private const int Workers = 16, Lanes = 8, Representatives = 3;

    // LEDGER_LOST=10000 for the figure of the issue; what the suite has time for otherwise.
    private static readonly int Calls = Seed.Number("LEDGER_LOST", 1_000);

    [Fact]
    public async Task Command_WhoseReplyWasLost_HasTheSameResultOnceWhenRepeated()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        await using LedgerProcess server = await LedgerProcess.StartAsync(new LedgerSetup { DataDirectory = data.Path });
        Person[] people = await Task.WhenAll(Enumerable.Range(0, Workers).Select(async i => await Person.OfAsync(server, $"E-{i}")));
        int lost = 0;
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(async lane =>
        {
            Random random = seed.Next();
            // Nobody else touches these: what each stream must hold in the end is known exactly.
            Person[] mine = [.. people.Where((_, i) => i % Lanes == lane)];
            for (int i = 0; i < Calls / Lanes; i++)
            {
                Func<CancellationToken, Task<IMessage>> command = mine[random.Next(mine.Length)].Next(random);
                if (await IsLostAsync(command, random))
                {
                    Interlocked.Increment(ref lost);
                }

                IMessage second = await command(CancellationToken.None);
                IMessage third = await command(CancellationToken.None);
                third.Should().Be(second);
            }
        }));

        output.WriteLine($"{Calls} commands, the reply of {lost} lost");
        lost.Should().BeGreaterThan(Calls / 4, "the line breaks before the answer often enough to mean something");
        foreach (Person person in people)
        {
            await person.HasExactlyWhatWasAskedAsync();
        }
    }

    /// <summary>Calls and hangs up at some moment between the first byte sent and the answer.</summary>
    private static async Task<bool> IsLostAsync(Func<CancellationToken, Task<IMessage>> command, Random random)
    {
        using CancellationTokenSource hangUp = new(TimeSpan.FromMicroseconds(random.Next(10_000)));
        try
        {
            await command(hangUp.Token);
            return false;
        }
        catch (RpcException) when (hangUp.IsCancellationRequested)
        {
            return true;
        }
    }

    /// <summary>A worker, what was asked about them so far, and what their stream must therefore hold.</summary>
    private sealed class Person(LedgerProcess server, string number, string name)
    {
        private readonly List<string> mandates = [];
        private readonly List<string> given = [];
        private readonly List<string> held = [];
        private readonly List<string> decisions = [];
        private readonly WorkerService.WorkerServiceClient workers = new(server.As(Tokens.Usual(number)));
        private readonly DecisionService.DecisionServiceClient trail = new(server.As(Tokens.Usual(number)));
        private int events;

        public static async Task<Person> OfAsync(LedgerProcess server, string number) => new(server, number, await server.NameOfAsync(number));

        /// <summary>A new command, to be sent as often as one likes.</summary>
        public Func<CancellationToken, Task<IMessage>> Next(Random random)
        {
            events++;
            string id = Seed.NewId(random).ToString();
            switch (random.Next(10))
            {
                case 0 or 1:
                    mandates.Add(id);
                    given.Add(id);
                    Mandate mandate = new()
                    {
                        MandateId = id,
                        Representative = new string((char)('a' + random.Next(Representatives)), 32),
                        ExpiresAt = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddDays(1)),
                        Purpose = "pour voir",
                    };
                    return token => Sent(workers.GiveMandateAsync(new GiveMandateRequest { Parent = name, Mandate = mandate }, cancellationToken: token));
                case 2 when given.Count > 0:
                    string back = Take(given, random);
                    return token => Sent(workers.WithdrawMandateAsync(new WithdrawMandateRequest { Name = $"{name}/mandates/{back}" }, cancellationToken: token));
                case 3:
                    held.Add(id);
                    return token => Sent(workers.PlaceHoldAsync(new PlaceHoldRequest { Parent = name, HoldId = id, Reason = HoldReason.Dispute }, cancellationToken: token));
                case 4 when held.Count > 0:
                    string lifted = Take(held, random);
                    return token => Sent(workers.LiftHoldAsync(new LiftHoldRequest { Parent = name, HoldId = lifted }, cancellationToken: token));
                default:
                    decisions.Add(id);
                    RecordDecisionRequest request = new DecisionBuilder(Guid.Parse(id), number).Request();
                    return token => Sent(trail.RecordDecisionAsync(request, cancellationToken: token));
            }
        }

        public async Task HasExactlyWhatWasAskedAsync()
        {
            string erasure = "00000000-0000-4000-8000-000000000001";
            IEnumerable<string> recorded = (await server.TrailAsync(number)).Select(d => d.Decision.DecisionId);
            recorded.Should().BeEquivalentTo(decisions);
            (await workers.ListMandatesAsync(new ListMandatesRequest { Parent = name })).Mandates.Select(m => m.MandateId).Should().BeEquivalentTo(mandates);
            (await workers.GetProtectionAsync(new GetProtectionRequest { Parent = name })).HoldIds.Should().BeEquivalentTo(held);
            (await LastRevisionAsync()).Should().Be(events - 1, "an event for each command, and none twice");

            // In the end they are erased: asked for and confirmed by two people, each of whom asks again.
            foreach (string hold in held)
            {
                await workers.LiftHoldAsync(new LiftHoldRequest { Parent = name, HoldId = hold });
            }

            WorkerService.WorkerServiceClient other = new(server.As(new LocalGrant("main", "other-hr", Role.Hr)));
            for (int i = 0; i < 2; i++)
            {
                await workers.RequestErasureAsync(new RequestErasureRequest { Parent = name, ErasureId = erasure, Reason = ErasureReason.PersonAsked });
            }

            for (int i = 0; i < 2; i++)
            {
                await other.ConfirmErasureAsync(new ConfirmErasureRequest { Parent = name, ErasureId = erasure });
            }

            (await LastRevisionAsync()).Should().Be(events + held.Count + 1);
        }

        private async Task<long> LastRevisionAsync() => (await trail.ListDecisionsAsync(new ListDecisionsRequest { Parent = name, PageSize = 1 })).LastRevision;

        private static string Take(List<string> from, Random random)
        {
            int at = random.Next(from.Count);
            string taken = from[at];
            from.RemoveAt(at);
            return taken;
        }

        private static async Task<IMessage> Sent<T>(AsyncUnaryCall<T> call)
            where T : IMessage => await call;
    }
}
