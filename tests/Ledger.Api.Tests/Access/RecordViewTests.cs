using FluentAssertions;
using Grpc.Core;
using Ledger.Api.Access;
using Xunit;

namespace Ledger.Api.Tests.Access;

/// <summary>Who looked at a record stands in it; who was not let in stands with the auditor.</summary>
public sealed class RecordViewTests(MovedLedger ledger) : IClassFixture<MovedLedger>
{
    private const string Purpose = "grievance 12-7";

    /// <summary>Every call that shows a record, by its name.</summary>
    private static readonly Dictionary<string, Func<MovedLedger, LocalGrant, Recorded, string, Task>> Reads = new(StringComparer.Ordinal)
    {
        ["GetDecision"] = async (l, who, w, purpose) => await l.Decisions(who).GetDecisionAsync(new V1.GetDecisionRequest { Name = w.Receipts[0].Name, Purpose = purpose }),
        ["ListDecisions"] = async (l, who, w, purpose) => await l.Decisions(who).ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = w.Name, Purpose = purpose }),
        ["WatchDecisions"] = async (l, who, w, purpose) =>
        {
            using AsyncServerStreamingCall<V1.WatchDecisionsResponse> watch = l.Decisions(who).WatchDecisions(new V1.WatchDecisionsRequest { Parent = w.Name, Purpose = purpose });
            (await watch.ResponseStream.MoveNext()).Should().BeTrue();
        },
        ["ExportEvidence"] = async (l, who, w, purpose) => await ExportAsync(l, who, w, purpose),
    };

    public static TheoryData<string> ReadNames => [.. Reads.Keys];

    [Theory, MemberData(nameof(ReadNames))]
    public async Task Read_ByHrForAPurpose_LeavesOneViewThatTheWorkerSees(string method)
    {
        Recorded worker = await ledger.WorkerAsync(3);

        await Reads[method](ledger, MovedLedger.Hr, worker, Purpose);

        V1.RecordView view = (await ViewsAsync(worker)).Should().ContainSingle().Which;
        view.Method.Should().Be(method);
        view.Purpose.Should().Be(Purpose);
        view.Role.Should().Be("hr");
        view.Viewer.Should().Be(await ledger.PersonAsync(MovedLedger.Hr));
        view.Fields.Should().Equal(method == "ExportEvidence" ? ["stored"] : ["act", "personal"]);
        view.DecisionId.Should().Be(method == "GetDecision" ? worker.Receipts[0].DecisionId : "");
        view.MandateId.Should().BeEmpty();
        view.Revision.Should().Be(3);
        view.ViewedAt.ToDateTimeOffset().Should().BeCloseTo(ledger.Clock.GetUtcNow(), TimeSpan.FromMinutes(1));
    }

    [Theory, MemberData(nameof(ReadNames))]
    public async Task Read_ByHrWithoutAPurpose_IsRefusedAndLeavesNothing(string method)
    {
        Recorded worker = await ledger.WorkerAsync();

        RpcException refused = (await FluentActions.Awaiting(() => Reads[method](ledger, MovedLedger.Hr, worker, "")).Should().ThrowAsync<RpcException>()).Which;

        refused.StatusCode.Should().Be(StatusCode.InvalidArgument);
        MovedLedger.Fields(refused).Should().Equal("purpose");
        (await ViewsAsync(worker)).Should().BeEmpty();
    }

    [Theory, InlineData(501, "OVER_LIMIT"), InlineData(500, null)]
    public async Task Purpose_AtItsLimitAndBeyond(int length, string? reason)
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.ListDecisionsRequest request = new() { Parent = worker.Name, Purpose = new string('p', length) };
        if (reason is null)
        {
            await ledger.Decisions(MovedLedger.Hr).ListDecisionsAsync(request);
            (await ViewsAsync(worker)).Should().ContainSingle().Which.Purpose.Should().HaveLength(length);
        }
        else
        {
            MovedLedger.Fields(await MovedLedger.RefusedAsync(() => ledger.Decisions(MovedLedger.Hr).ListDecisionsAsync(request), StatusCode.InvalidArgument, reason))
                .Should().Equal("purpose");
        }
    }

    [Theory, InlineData(" "), InlineData("\t"), InlineData("\u00a0 \u2003")]
    public async Task Purpose_OfSpacesAlone_IsNone(string purpose)
    {
        Recorded worker = await ledger.WorkerAsync();

        RpcException refused = (await FluentActions.Awaiting(() => Reads["ListDecisions"](ledger, MovedLedger.Hr, worker, purpose)).Should().ThrowAsync<RpcException>()).Which;

        MovedLedger.Fields(refused).Should().Equal("purpose");
    }

    [Theory, MemberData(nameof(ReadNames))]
    public async Task Read_OfOnesOwnRecord_LeavesNothing(string method)
    {
        Recorded worker = await ledger.WorkerAsync();

        await Reads[method](ledger, worker.Grant, worker, "");

        V1.ListDecisionsResponse trail = await ledger.Decisions(worker.Grant).ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = worker.Name });
        trail.Views.Should().BeEmpty();
        trail.LastRevision.Should().Be(0);
    }

    [Fact]
    public async Task Hr_DoesNotSeeWhoLooked()
    {
        Recorded worker = await ledger.WorkerAsync();
        await Reads["ListDecisions"](ledger, MovedLedger.OtherHr, worker, Purpose);

        V1.ListDecisionsResponse trail = await ledger.Decisions(MovedLedger.Hr).ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = worker.Name, Purpose = Purpose });

        trail.Decisions.Should().HaveCount(1);
        trail.Views.Should().BeEmpty();
        (await ViewsAsync(worker)).Should().HaveCount(2);
    }

    [Fact]
    public async Task Read_OfSomebodyOfWhomNothingIsRecorded_BeginsNoRecord()
    {
        LocalGrant nobody = MovedLedger.Person("nobody", Role.Worker) with { EmployeeNumber = "NOBODY-1" };
        string name = (await ledger.Access(nobody).GetCallerAsync(new V1.GetCallerRequest())).Worker;

        (await ledger.Decisions(MovedLedger.Hr).ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = name, Purpose = Purpose })).LastRevision.Should().Be(-1);
        await MovedLedger.RefusedAsync(
            () => ledger.Decisions(MovedLedger.Hr).GetDecisionAsync(new V1.GetDecisionRequest { Name = $"{name}/decisions/{new Guid(1, 2, 3, new byte[8])}", Purpose = Purpose }),
            StatusCode.NotFound, "NOT_FOUND");

        (await ledger.Decisions(nobody).ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = name })).LastRevision.Should().Be(-1);
    }

    [Theory, MemberData(nameof(ReadNames))]
    public async Task Attempt_ThatWasRefused_IsListedForTheAuditor(string method)
    {
        Recorded worker = await ledger.WorkerAsync();
        LocalGrant curious = MovedLedger.Person("curious", Role.Worker) with { EmployeeNumber = "CURIOUS-1" };

        await FluentActions.Awaiting(() => Reads[method](ledger, curious, worker, "")).Should().ThrowAsync<RpcException>();

        V1.RefusedAttempt attempt = (await AttemptsAsync(worker)).Should().ContainSingle().Which;
        attempt.Method.Should().Be(method);
        attempt.Worker.Should().Be(worker.Pseudonym);
        attempt.Person.Should().Be(await ledger.PersonAsync(curious));
        attempt.Roles.Should().Equal("worker");
        (await ViewsAsync(worker)).Should().BeEmpty();
    }

    [Fact]
    public async Task Attempt_FromAnotherOrganisation_IsListedWithoutThePerson()
    {
        Recorded worker = await ledger.WorkerAsync();

        await FluentActions.Awaiting(() => Reads["ListDecisions"](ledger, new LocalGrant("elsewhere", "hr", Role.Hr), worker, Purpose)).Should().ThrowAsync<RpcException>();

        (await AttemptsAsync(worker)).Should().ContainSingle().Which.Person.Should().BeEmpty();
    }

    [Fact]
    public async Task Attempts_AreNotForOthers()
    {
        foreach (LocalGrant who in new[] { MovedLedger.Hr, MovedLedger.Person("w", Role.Worker), MovedLedger.Person("p", Role.Producer), new LocalGrant("elsewhere", "a", Role.Auditor) })
        {
            await MovedLedger.RefusedAsync(
                () => ledger.Access(who).ListRefusedAttemptsAsync(new V1.ListRefusedAttemptsRequest { Parent = MovedLedger.Parent }), StatusCode.PermissionDenied, "NOT_PERMITTED");
        }
    }

    [Fact]
    public async Task Attempts_PageByPage_AreAllAndNewestFirst()
    {
        Recorded worker = await ledger.WorkerAsync();
        LocalGrant curious = MovedLedger.Person("curious twice", Role.Worker) with { EmployeeNumber = "CURIOUS-2" };
        for (int n = 0; n < 7; n++)
        {
            await FluentActions.Awaiting(() => Reads["ListDecisions"](ledger, curious, worker, "")).Should().ThrowAsync<RpcException>();
        }

        List<V1.RefusedAttempt> paged = [];
        V1.ListRefusedAttemptsRequest request = new() { Parent = MovedLedger.Parent, PageSize = 3 };
        do
        {
            V1.ListRefusedAttemptsResponse page = await ledger.Access(MovedLedger.Auditor).ListRefusedAttemptsAsync(request);
            page.Attempts.Count.Should().BeLessThanOrEqualTo(3);
            paged.AddRange(page.Attempts);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        paged.Select(a => a.Revision).Should().BeInDescendingOrder().And.OnlyHaveUniqueItems();
        paged[^1].Revision.Should().Be(0);
        paged.Where(a => a.Worker == worker.Pseudonym).Should().HaveCount(7);
    }

    [Theory]
    [InlineData("month", "2026-11")]
    [InlineData("month", "202613")]
    [InlineData("page_size", "501")]
    [InlineData("page_size", "-1")]
    [InlineData("page_token", "x")]
    [InlineData("page_token", "0")]
    public async Task Attempts_AskedForWrongly_AreRefusedNamingTheField(string field, string value)
    {
        V1.ListRefusedAttemptsRequest request = new() { Parent = MovedLedger.Parent };
        _ = field switch
        {
            "month" => request.Month = value,
            "page_size" => (object)(request.PageSize = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture)),
            _ => request.PageToken = value,
        };
        RpcException refused = (await FluentActions.Awaiting(() => ledger.Access(MovedLedger.Auditor).ListRefusedAttemptsAsync(request).ResponseAsync)
            .Should().ThrowAsync<RpcException>()).Which;
        MovedLedger.Fields(refused).Should().Equal(field);
    }

    private async Task<IEnumerable<V1.RecordView>> ViewsAsync(Recorded worker) =>
        (await ledger.Decisions(worker.Grant).ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = worker.Name })).Views;

    private async Task<IEnumerable<V1.RefusedAttempt>> AttemptsAsync(Recorded worker) =>
        (await ledger.Access(MovedLedger.Auditor).ListRefusedAttemptsAsync(new V1.ListRefusedAttemptsRequest { Parent = MovedLedger.Parent, PageSize = 500 }))
        .Attempts.Where(a => a.Worker == worker.Pseudonym);

    private static async Task ExportAsync(MovedLedger ledger, LocalGrant who, Recorded worker, string purpose)
    {
        using AsyncServerStreamingCall<V1.ExportEvidenceResponse> export = ledger.Log(who).ExportEvidence(new V1.ExportEvidenceRequest { Parent = worker.Name, Purpose = purpose });
        await export.ResponseStream.ReadAllAsync().ToListAsync();
    }
}
