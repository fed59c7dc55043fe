using FluentAssertions;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Xunit;

namespace Ledger.Api.Tests.Hosting;

public sealed class ApiOptionsTests
{
    public static TheoryData<string, Action<ApiOptions>> Wrong => new()
    {
        { "Ledger:Api:Host", o => o.Host = "localhost" },
        { "Ledger:Api:Host", o => o.Host = "" },
        { "Ledger:Api:HttpPort", o => o.HttpPort = -1 },
        { "Ledger:Api:HttpPort", o => o.HttpPort = 65_536 },
        { "Ledger:Api:GrpcPort", o => o.GrpcPort = 70_000 },
        { "Ledger:Api:GrpcPort", o => o.GrpcPort = o.HttpPort },
        { "Ledger:Api:Gateways:0", o => o.Gateways.Add("silo") },
        { "Ledger:Api:Gateways:0", o => o.Gateways.Add(":30000") },
        { "Ledger:Api:Gateways:0", o => o.Gateways.Add("silo:0") },
        { "Ledger:Api:Gateways:0", o => o.Gateways.Add("silo:99999") },
        { "Ledger:Api:Gateways:1", o => { o.Gateways.Add("silo:30000"); o.Gateways.Add(""); } },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void Configuration_ThatIsWrong_IsRefusedNamingTheKey(string key, Action<ApiOptions> change)
    {
        ApiOptions options = new();
        change(options);

        new ApiOptionsCheck().Validate(null, options).Failures.Should().ContainSingle().Which.Should().StartWith($"{key}: ");
    }

    [Fact]
    public void Configuration_ByDefaultOrWithFreePorts_IsAccepted()
    {
        new ApiOptionsCheck().Validate(null, new ApiOptions()).Succeeded.Should().BeTrue();
        new ApiOptionsCheck().Validate(null, new ApiOptions { HttpPort = 0, GrpcPort = 0, Host = "::1", Gateways = { "silo:1", "[::1]:65535" } })
            .Failures.Should().BeNullOrEmpty();
    }
}

public sealed class IntakeGateTests
{
    [Fact]
    public void Gate_AtItsLimit_LetsInAndBeyondItSaysWhenToRetry()
    {
        IntakeGate gate = new();

        gate.TryEnter(Limits.DecisionsInFlight).Should().BeNull();
        Refusal refusal = gate.TryEnter(1)!;
        refusal.Code.Should().Be(RefusalCode.Overloaded);
        refusal.RetryAfter.Should().BePositive();
        gate.Leave(1);
        gate.TryEnter(1).Should().BeNull("who was turned away takes no place");
        gate.Leave(Limits.DecisionsInFlight);
        gate.TryEnter(Limits.DecisionsInFlight).Should().BeNull();
    }
}
