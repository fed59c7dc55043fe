using FluentAssertions;
using Ledger.Silo.Hosting;
using Xunit;

namespace Ledger.Silo.Tests.Hosting;

public sealed class SiloOptionsTests
{
    public static TheoryData<string, Action<SiloOptions>> Wrong => new()
    {
        { "Ledger:DataDirectory", o => o.DataDirectory = " " },
        { "Ledger:Organisations:0", o => o.Organisations.Add("") },
        { "Ledger:Organisations:0", o => o.Organisations.Add("Main") },
        { "Ledger:Organisations:0", o => o.Organisations.Add("main\n") },
        { "Ledger:Organisations:0", o => o.Organisations.Add("1st") },
        { "Ledger:Organisations:0", o => o.Organisations.Add("a/b") },
        { "Ledger:Organisations:0", o => o.Organisations.Add(new string('a', 41)) },
        { "Ledger:Organisations:1", o => { o.Organisations.Add("main"); o.Organisations.Add("main"); } },
        { "Ledger:Store:ConnectionString", o => o.Store.ConnectionString = "http://example.com" },
        { "Ledger:Store:ConnectionString", o => o.Store.ConnectionString = "esdb://" },
        { "Ledger:Silo:SiloPort", o => o.Silo.SiloPort = 0 },
        { "Ledger:Silo:SiloPort", o => o.Silo.SiloPort = 65_536 },
        { "Ledger:Silo:GatewayPort", o => o.Silo.GatewayPort = -1 },
        { "Ledger:Silo:GatewayPort", o => o.Silo.GatewayPort = o.Silo.SiloPort },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void Configuration_ThatIsWrong_IsRefusedNamingTheKey(string key, Action<SiloOptions> change)
    {
        SiloOptions options = new();
        change(options);

        new SiloOptionsCheck().Validate(null, options).Failures.Should().ContainSingle().Which.Should().StartWith($"{key}: ");
    }

    [Fact]
    public void Configuration_ByDefault_IsAccepted() => new SiloOptionsCheck().Validate(null, new SiloOptions()).Succeeded.Should().BeTrue();

    [Fact]
    public void Configuration_AtItsLimits_IsAccepted()
    {
        SiloOptions options = new() { Organisations = { new string('a', 40), "b-1" }, Silo = { SiloPort = 1, GatewayPort = 65_535 } };
        options.Store.ConnectionString = "esdb://localhost:2113?tls=false";

        new SiloOptionsCheck().Validate(null, options).Failures.Should().BeNullOrEmpty();
    }

    [Fact]
    public void Configuration_WithSeveralMistakes_NamesThemAll()
    {
        SiloOptions options = new() { DataDirectory = "", Organisations = { "X" }, Silo = { SiloPort = 0, GatewayPort = 0 } };

        new SiloOptionsCheck().Validate(null, options).Failures.Should().HaveCount(4);
    }
}
