using FluentAssertions;
using Ledger.Silo.Hosting;
using Ledger.Silo.Transparency;
using Ledger.Verification;
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
        { "Ledger:Keys:ConnectionString", o => o.Keys.ConnectionString = "postgres://localhost" },
        { "Ledger:Keys:ConnectionString", o => o.Keys.ConnectionString = "Username=ledger" },
        { "Ledger:Silo:SiloPort", o => o.Silo.SiloPort = 0 },
        { "Ledger:Silo:SiloPort", o => o.Silo.SiloPort = 65_536 },
        { "Ledger:Silo:GatewayPort", o => o.Silo.GatewayPort = -1 },
        { "Ledger:Silo:GatewayPort", o => o.Silo.GatewayPort = o.Silo.SiloPort },
        { "Ledger:Log:Host", o => o.Log.Host = "" },
        { "Ledger:Log:Host", o => o.Log.Host = "ledger example" },
        { "Ledger:Log:Host", o => o.Log.Host = "ledger+example" },
        { "Ledger:Log:Host", o => o.Log.Host = "https://ledger.example" },
        { "Ledger:Log:IntervalSeconds", o => o.Log.IntervalSeconds = 0.049 },
        { "Ledger:Log:IntervalSeconds", o => (o.Log.IntervalSeconds, o.Log.MaximumDelaySeconds) = (3601, 3601) },
        { "Ledger:Log:MaximumDelaySeconds", o => (o.Log.IntervalSeconds, o.Log.MaximumDelaySeconds) = (2, 1.9) },
        { "Ledger:Log:MaximumDelaySeconds", o => o.Log.MaximumDelaySeconds = 86_401 },
        { "Ledger:Log:MaximumDelaySeconds", o => o.Log.MaximumDelaySeconds = double.NaN },
        { "Ledger:Log:KeyOverlapDays", o => o.Log.KeyOverlapDays = -1 },
        { "Ledger:Log:KeyOverlapDays", o => o.Log.KeyOverlapDays = 3651 },
        { "Ledger:Log:Witnesses:0:Key", o => o.Log.Witnesses.Add(new WitnessOptions()) },
        { "Ledger:Log:Witnesses:0:Key", o => o.Log.Witnesses.Add(new WitnessOptions { Key = Key(KeyAlgorithm.Ed25519) }) },
        { "Ledger:Log:Witnesses:0:Url", o => o.Log.Witnesses.Add(new WitnessOptions { Key = Key(), Url = "witness.example" }) },
        { "Ledger:Log:Witnesses:0:Url", o => o.Log.Witnesses.Add(new WitnessOptions { Key = Key(), Url = "ftp://witness.example" }) },
        { "Ledger:Log:Witnesses:1:Key", o => { o.Log.Witnesses.Add(new WitnessOptions { Key = Key() }); o.Log.Witnesses.Add(new WitnessOptions { Key = Key() }); } },
        { "Ledger:Log:WitnessesRequired", o => o.Log.WitnessesRequired = 1 },
        { "Ledger:Log:WitnessesRequired", o => o.Log.WitnessesRequired = -1 },
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
        options.Keys.ConnectionString = "Host=db.example;Username=ledger;Database=ledger";
        options.Log.Host = "ledger.example:8443";
        (options.Log.IntervalSeconds, options.Log.MaximumDelaySeconds, options.Log.KeyOverlapDays) = (0.05, 86_400, 0);
        options.Log.Witnesses.Add(new WitnessOptions { Key = Key(), Url = "https://witness.example/ledger" });
        options.Log.Witnesses.Add(new WitnessOptions { Key = Key(seed: 1) });
        options.Log.WitnessesRequired = 2;

        new SiloOptionsCheck().Validate(null, options).Failures.Should().BeNullOrEmpty();
    }

    [Fact]
    public void Configuration_WithSeveralMistakes_NamesThemAll()
    {
        SiloOptions options = new() { DataDirectory = "", Organisations = { "X" }, Silo = { SiloPort = 0, GatewayPort = 0 } };

        new SiloOptionsCheck().Validate(null, options).Failures.Should().HaveCount(4);
    }

    private static string Key(KeyAlgorithm algorithm = KeyAlgorithm.CosignatureV1, byte seed = 0)
    {
        using SignerKey key = SignerKey.FromSeed("witness.example", algorithm, [.. Enumerable.Repeat(seed, SignerKey.SeedLength)]);
        return key.Verifier.ToString();
    }
}
