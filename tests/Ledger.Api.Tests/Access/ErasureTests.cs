using System.Text;
using FluentAssertions;
using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Verification;
using Xunit;

namespace Ledger.Api.Tests.Access;

/// <summary>A person is forgotten: asked for by one, confirmed by another, held back by a hold; and the history stands.</summary>
public sealed class ErasureTests(MovedLedger ledger) : IClassFixture<MovedLedger>
{
    private const string Purpose = "secret purpose";

    [Fact]
    public async Task Erasure_ConfirmedByWhoeverAskedForIt_IsRefused()
    {
        Recorded worker = await ledger.WorkerAsync();
        await ledger.Workers(MovedLedger.Hr).RequestErasureAsync(Request(worker, 1));

        await MovedLedger.RefusedAsync(() => ledger.Workers(MovedLedger.Hr).ConfirmErasureAsync(Confirm(worker, 1)), StatusCode.FailedPrecondition, "SAME_PERSON");

        (await ledger.Decisions(worker.Grant).GetDecisionAsync(new V1.GetDecisionRequest { Name = worker.Receipts[0].Name })).Erased.Should().BeFalse();
    }

    [Fact]
    public async Task Erasure_ThatNobodyAskedFor_IsNotConfirmed()
    {
        Recorded worker = await ledger.WorkerAsync();
        await MovedLedger.RefusedAsync(() => ledger.Workers(MovedLedger.OtherHr).ConfirmErasureAsync(Confirm(worker, 2)), StatusCode.NotFound, "NOT_FOUND");
        await ledger.Workers(MovedLedger.Hr).RequestErasureAsync(Request(worker, 2));

        await MovedLedger.RefusedAsync(() => ledger.Workers(MovedLedger.OtherHr).ConfirmErasureAsync(Confirm(worker, 3)), StatusCode.NotFound, "NOT_FOUND");
        await MovedLedger.RefusedAsync(() => ledger.Workers(MovedLedger.OtherHr).RequestErasureAsync(Request(worker, 3)), StatusCode.FailedPrecondition, "ANOTHER_STANDS");
        await MovedLedger.RefusedAsync(() => ledger.Workers(worker.Grant).ConfirmErasureAsync(Confirm(worker, 2)), StatusCode.PermissionDenied, "NOT_PERMITTED");
    }

    [Fact]
    public async Task Erasure_WithMistakes_IsRefusedNamingEveryField()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.RequestErasureRequest wrong = new() { Parent = worker.Name, ErasureId = "7", Ground = new string('g', 201) };

        MovedLedger.Fields(await MovedLedger.RefusedAsync(() => ledger.Workers(MovedLedger.Hr).RequestErasureAsync(wrong), StatusCode.InvalidArgument, "MALFORMED"))
            .Should().BeEquivalentTo("erasure_id", "reason", "ground");
    }

    [Fact]
    public async Task Hold_ThatStands_IsInTheWayUntilItIsLifted()
    {
        Recorded worker = await ledger.WorkerAsync();
        await ledger.Workers(MovedLedger.Hr).RequestErasureAsync(Request(worker, 4));
        V1.PlaceHoldRequest hold = new() { Parent = worker.Name, HoldId = Id(40), Reason = V1.HoldReason.Dispute, Ground = "file 7" };
        V1.Protection held = await ledger.Workers(MovedLedger.Auditor).PlaceHoldAsync(hold);
        held.HoldIds.Should().Equal(Id(40));
        (await ledger.Workers(MovedLedger.Auditor).PlaceHoldAsync(hold)).Should().Be(held);

        await MovedLedger.RefusedAsync(() => ledger.Workers(MovedLedger.OtherHr).ConfirmErasureAsync(Confirm(worker, 4)), StatusCode.FailedPrecondition, "ON_HOLD");
        V1.LiftHoldRequest lift = new() { Parent = worker.Name, HoldId = Id(40) };
        V1.Protection lifted = await ledger.Workers(MovedLedger.Auditor).LiftHoldAsync(lift);
        lifted.HoldIds.Should().BeEmpty();
        (await ledger.Workers(MovedLedger.Hr).LiftHoldAsync(lift)).Should().Be(lifted);
        await MovedLedger.RefusedAsync(() => ledger.Workers(MovedLedger.Hr).PlaceHoldAsync(hold), StatusCode.FailedPrecondition, "ANOTHER_STANDS");
        (await LastRevisionAsync(worker)).Should().Be(3, "a decision, a request, a hold, its end");

        (await ledger.Workers(MovedLedger.OtherHr).ConfirmErasureAsync(Confirm(worker, 4))).ErasedAt.Should().NotBeNull();
    }

    [Fact]
    public async Task Erasure_EveryStepTwice_HappensOnce()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.Protection requested = await ledger.Workers(MovedLedger.Hr).RequestErasureAsync(Request(worker, 5));
        (await ledger.Workers(MovedLedger.Hr).RequestErasureAsync(Request(worker, 5))).Should().Be(requested);
        (await LastRevisionAsync(worker)).Should().Be(1);
        V1.Protection erased = await ledger.Workers(MovedLedger.OtherHr).ConfirmErasureAsync(Confirm(worker, 5));

        (await ledger.Workers(MovedLedger.OtherHr).ConfirmErasureAsync(Confirm(worker, 5))).Should().Be(erased);
        (await ledger.Workers(MovedLedger.Hr).RequestErasureAsync(Request(worker, 5))).Should().Be(erased);
        (await ledger.Workers(worker.Grant).GetProtectionAsync(new V1.GetProtectionRequest { Parent = worker.Name })).Should().Be(erased);
        (await LastRevisionAsync(worker)).Should().Be(2);
        erased.ErasureId.Should().Be(Id(5));
        erased.Reason.Should().Be(V1.ErasureReason.PersonAsked);
        erased.RequestedAt.Should().NotBeNull();
    }

    [Fact]
    public async Task Erasure_AskedForByTheWorker_IsConfirmedByHr()
    {
        Recorded worker = await ledger.WorkerAsync();
        await ledger.Workers(worker.Grant).RequestErasureAsync(Request(worker, 6));

        (await ledger.Workers(MovedLedger.Hr).ConfirmErasureAsync(Confirm(worker, 6))).ErasedAt.Should().NotBeNull();
    }

    [Fact]
    public async Task Record_AfterErasure_KeepsActsAndReceiptsAndNothingPersonal()
    {
        Recorded worker = await ledger.WorkerAsync(3), other = await ledger.WorkerAsync(2);
        await ledger.Decisions(MovedLedger.Hr).ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = worker.Name, Purpose = Purpose });
        V1.ListDecisionsResponse before = await TrailAsync(worker), othersBefore = await TrailAsync(other);
        before.Views.Should().ContainSingle().Which.Purpose.Should().Be(Purpose);
        before.Decisions.Should().OnlyContain(d => d.Decision.Personal.Reasons[0].Text.StartsWith("secret"));

        await EraseAsync(worker, 7);

        V1.ListDecisionsResponse after = await TrailAsync(worker);
        after.Decisions.Should().HaveCount(3).And.OnlyContain(d => d.Erased && IsEmpty(d.Decision.Personal));
        after.Decisions.Select(d => d.Receipt).Should().Equal(before.Decisions.Select(d => d.Receipt));
        after.Decisions.Select(d => WithoutPersonal(d.Decision)).Should().Equal(before.Decisions.Select(d => WithoutPersonal(d.Decision)));
        V1.RecordView view = after.Views.Should().ContainSingle().Which;
        view.Should().Be(new V1.RecordView(before.Views[0]) { Purpose = "" });
        foreach (V1.Receipt receipt in worker.Receipts)
        {
            V1.RecordedDecision one = await ledger.Decisions(worker.Grant).GetDecisionAsync(new V1.GetDecisionRequest { Name = receipt.Name });
            one.Erased.Should().BeTrue();
            one.Receipt.Should().Be(receipt);
            IsEmpty(one.Decision.Personal).Should().BeTrue();
            one.Decision.Kind.Should().Be("shift_moved");
        }

        after.ToString().Should().NotContain("secret");
        (await TrailAsync(other)).Should().Be(othersBefore);
    }

    [Fact]
    public async Task Record_AfterErasure_IsStillWatchedAndLookedAt()
    {
        Recorded worker = await ledger.WorkerAsync(2);
        await EraseAsync(worker, 8);

        await ledger.Decisions(MovedLedger.Hr).ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = worker.Name, Purpose = Purpose });
        using AsyncServerStreamingCall<V1.WatchDecisionsResponse> watch = ledger.Decisions(worker.Grant).WatchDecisions(new V1.WatchDecisionsRequest { Parent = worker.Name });
        (await watch.ResponseStream.MoveNext()).Should().BeTrue();

        watch.ResponseStream.Current.Decision.Erased.Should().BeTrue();
        V1.RecordView view = (await TrailAsync(worker)).Views.Should().ContainSingle("of an erased person too it is recorded who looked").Which;
        view.Purpose.Should().BeEmpty("words about them cannot be sealed any more");
    }

    [Fact]
    public async Task Evidence_MadeBeforeErasure_VerifiesAndSoDoesALaterOne()
    {
        Recorded worker = await ledger.WorkerAsync(3);
        byte[] before = await ExportAsync(worker);
        await EraseAsync(worker, 9);
        byte[] after = await ExportAsync(worker);

        EvidenceReport old = await CheckAsync(before), later = await CheckAsync(after);
        old.IsSound.Should().BeTrue(string.Join(", ", old.Findings));
        old.Events.Should().Be(3);
        later.IsSound.Should().BeTrue(string.Join(", ", later.Findings));
        later.Events.Should().Be(5, "three decisions, a request and the erasure");
        string[] then = Events(before), now = Events(after);
        now.Should().HaveCount(5);
        now.Take(3).Should().Equal(then, "what is stored stands as it was");
        now.Should().NotContain(data => data.Contains("secret of", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Decision_NewAfterErasure_IsRefusedAndARepeatGetsItsReceipt()
    {
        Recorded worker = await ledger.WorkerAsync();
        await EraseAsync(worker, 10);

        await MovedLedger.RefusedAsync(
            () => ledger.Decisions(MovedLedger.Person("producer", Role.Producer)).RecordDecisionAsync(
                new V1.RecordDecisionRequest { Parent = MovedLedger.Parent, Decision = MovedLedger.Decision(worker.Number, 500) }),
            StatusCode.FailedPrecondition, "ERASED");

        (await ledger.RecordAsync(MovedLedger.Decision(worker.Number, 0))).Should().Be(worker.Receipts[0]);
        await MovedLedger.RefusedAsync(
            () => ledger.Workers(worker.Grant).GiveMandateAsync(new V1.GiveMandateRequest
            {
                Parent = worker.Name,
                Mandate = new V1.Mandate { MandateId = Id(99), Representative = new string('a', 32), ExpiresAt = ledger.In(TimeSpan.FromDays(1)) },
            }),
            StatusCode.FailedPrecondition, "ERASED");
        await MovedLedger.RefusedAsync(
            () => ledger.Workers(MovedLedger.Hr).PlaceHoldAsync(new V1.PlaceHoldRequest { Parent = worker.Name, HoldId = Id(98), Reason = V1.HoldReason.Dispute }),
            StatusCode.FailedPrecondition, "ERASED");
    }

    [Fact]
    public async Task Mandate_OfAnErasedPerson_LosesItsWords()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.Mandate given = await ledger.Workers(worker.Grant).GiveMandateAsync(new V1.GiveMandateRequest
        {
            Parent = worker.Name,
            Mandate = new V1.Mandate { MandateId = Id(97), Representative = new string('a', 32), Purpose = Purpose, ExpiresAt = ledger.In(TimeSpan.FromDays(1)) },
        });
        await EraseAsync(worker, 11);

        (await ledger.Workers(worker.Grant).ListMandatesAsync(new V1.ListMandatesRequest { Parent = worker.Name })).Mandates
            .Should().Equal(new V1.Mandate(given) { Purpose = "" });
    }

    private async Task EraseAsync(Recorded worker, int id)
    {
        await ledger.Workers(MovedLedger.Hr).RequestErasureAsync(Request(worker, id));
        (await ledger.Workers(MovedLedger.OtherHr).ConfirmErasureAsync(Confirm(worker, id))).ErasedAt.Should().NotBeNull();
    }

    private async Task<V1.ListDecisionsResponse> TrailAsync(Recorded worker) =>
        await ledger.Decisions(worker.Grant).ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = worker.Name, PageSize = 500 });

    private async Task<long> LastRevisionAsync(Recorded worker) => (await TrailAsync(worker)).LastRevision;

    private async Task<byte[]> ExportAsync(Recorded worker)
    {
        using AsyncServerStreamingCall<V1.ExportEvidenceResponse> export = ledger.Log(worker.Grant).ExportEvidence(new V1.ExportEvidenceRequest { Parent = worker.Name });
        using MemoryStream file = new();
        await foreach (V1.ExportEvidenceResponse piece in export.ResponseStream.ReadAllAsync())
        {
            piece.Content.WriteTo(file);
        }

        return file.ToArray();
    }

    private static async Task<EvidenceReport> CheckAsync(byte[] evidence)
    {
        using MemoryStream file = new(evidence);
        return await EvidenceCheck.RunAsync(file, EvidenceTrust.None, CancellationToken.None);
    }

    /// <summary>What is stored of each event.</summary>
    private static string[] Events(byte[] evidence) => [.. Encoding.UTF8.GetString(evidence).Split('\n')
        .Where(line => line.StartsWith("data ", StringComparison.Ordinal)).Select(line => Encoding.UTF8.GetString(Convert.FromBase64String(line[5..])))];

    private static V1.Decision WithoutPersonal(V1.Decision decision) => new(decision) { Personal = null };

    private static bool IsEmpty(V1.PersonalContent? personal) => personal is null || personal.CalculateSize() == 0;

    private static V1.RequestErasureRequest Request(Recorded worker, int id) =>
        new() { Parent = worker.Name, ErasureId = Id(id), Reason = V1.ErasureReason.PersonAsked, Ground = "art. 28" };

    private static V1.ConfirmErasureRequest Confirm(Recorded worker, int id) => new() { Parent = worker.Name, ErasureId = Id(id) };

    private static string Id(int id) => new Guid(id, 0, 0x4000, [0x80, 0, 0, 0, 0, 0, 0, 1]).ToString();
}
