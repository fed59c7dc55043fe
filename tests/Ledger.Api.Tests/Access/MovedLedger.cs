using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using FluentAssertions;
using Ledger.Api.Access;
using Ledger.Api.Tests.Hosting;
using Ledger.Tests;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ledger.Api.Tests.Access;

/// <summary>A ledger whose clock can be set forward, and the people of one workplace.</summary>
public sealed class MovedLedger : IAsyncLifetime
{
    public const string Organisation = "main", Parent = "organisations/main";

    private readonly RunningLedger ledger;
    private int number;

    public MovedLedger() => ledger = new RunningLedger(builder => builder.Services.AddSingleton<TimeProvider>(Clock));

    internal MovedClock Clock { get; } = new();

    public Task InitializeAsync() => ledger.InitializeAsync();

    public Task DisposeAsync() => ledger.DisposeAsync();

    /// <summary>Sets the clock forward, when all there is was signed: what waits for a signature would be long overdue, and nothing be recorded.</summary>
    internal async Task AdvanceAsync(TimeSpan by)
    {
        await Decisions(Person("producer", Role.Producer)).RecordDecisionAsync(new V1.RecordDecisionRequest
        {
            Parent = Parent,
            Decision = Decision(Interlocked.Increment(ref number), 0),
            WaitForCheckpoint = true,
        });
        Clock.Advance(by);
    }

    /// <summary>Calls of somebody, with a token of this moment.</summary>
    internal CallInvoker As(LocalGrant grant) => ledger.Nobody.With(() => ledger.Issuer.Issue(grant, Clock.GetUtcNow(), LocalIssuer.UsualLifetime));

    internal V1.DecisionService.DecisionServiceClient Decisions(LocalGrant grant) => new(As(grant));

    internal V1.WorkerService.WorkerServiceClient Workers(LocalGrant grant) => new(As(grant));

    internal V1.AccessService.AccessServiceClient Access(LocalGrant grant) => new(As(grant));

    internal V1.TransparencyService.TransparencyServiceClient Log(LocalGrant grant) => new(As(grant));

    internal async Task<string> PersonAsync(LocalGrant grant) => (await Access(grant).GetCallerAsync(new V1.GetCallerRequest())).Person;

    /// <summary>A worker about whom so many decisions are recorded, and nobody else's test knows.</summary>
    internal async Task<Recorded> WorkerAsync(int decisions = 1)
    {
        int worker = Interlocked.Increment(ref number);
        LocalGrant grant = Person("worker", Role.Worker) with { EmployeeNumber = $"M-{worker}" };
        V1.Receipt[] receipts = new V1.Receipt[decisions];
        for (int n = 0; n < decisions; n++)
        {
            receipts[n] = await RecordAsync(Decision(worker, n));
        }

        return new Recorded(grant, (await Access(grant).GetCallerAsync(new V1.GetCallerRequest())).Worker, worker, receipts);
    }

    internal static V1.Decision Decision(int worker, int n) => JsonFormTests.Now((worker * 1_000) + n, d =>
    {
        d.Subject.EmployeeNumber = $"M-{worker}";
        d.Personal.Reasons.Add(new V1.LocalizedText { Language = "en", Text = $"secret of M-{worker}" });
    });

    internal async Task<V1.Receipt> RecordAsync(V1.Decision decision) => await Decisions(Person("producer", Role.Producer))
        .RecordDecisionAsync(new V1.RecordDecisionRequest { Parent = Parent, Decision = decision });

    internal static LocalGrant Person(string subject, Role role) => new(Organisation, subject, role);

    internal static LocalGrant Hr { get; } = Person("hr", Role.Hr);

    internal static LocalGrant OtherHr { get; } = Person("other hr", Role.Hr);

    internal static LocalGrant Auditor { get; } = Person("auditor", Role.Auditor);

    internal Timestamp In(TimeSpan time) => Timestamp.FromDateTimeOffset(Clock.GetUtcNow() + time);

    /// <summary>Holds how a call was refused against what it should have been; gives the refusal.</summary>
    internal static async Task<RpcException> RefusedAsync<T>(Func<AsyncUnaryCall<T>> call, StatusCode code, string reason)
    {
        RpcException refused = (await FluentActions.Awaiting(async () => await call()).Should().ThrowAsync<RpcException>()).Which;
        refused.StatusCode.Should().Be(code, refused.Status.Detail);
        refused.GetRpcStatus()!.GetDetail<ErrorInfo>().Reason.Should().Be(reason);
        return refused;
    }

    internal static IEnumerable<string> Fields(RpcException refused) => refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(v => v.Field);
}

/// <summary>A worker with a record.</summary>
/// <param name="Grant">Them.</param>
/// <param name="Name">Resource name.</param>
/// <param name="Number">What tells their decisions from others'.</param>
/// <param name="Receipts">What is recorded.</param>
internal sealed record Recorded(LocalGrant Grant, string Name, int Number, V1.Receipt[] Receipts)
{
    public string Pseudonym => Name[(Name.LastIndexOf('/') + 1)..];
}
