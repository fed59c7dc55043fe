using FluentAssertions;
using Ledger.Api.Access;
using Xunit;

namespace Ledger.Api.Tests.Access;

public sealed class AccessOptionsTests
{
    public static TheoryData<string, Action<AccessOptions>> Wrong => new()
    {
        { "Ledger:Access:ClockSkewSeconds", o => o.ClockSkewSeconds = -1 },
        { "Ledger:Access:ClockSkewSeconds", o => o.ClockSkewSeconds = 301 },
        { "Ledger:Access:ClockSkewSeconds", o => o.ClockSkewSeconds = double.NaN },
        { "Ledger:Access:Issuers:0:Authority", o => o.Issuers[0].Authority = "" },
        { "Ledger:Access:Issuers:0:Authority", o => o.Issuers[0].Authority = "login.example" },
        { "Ledger:Access:Issuers:0:Authority", o => o.Issuers[0].Authority = "http://login.example" },
        { "Ledger:Access:Issuers:0:Authority", o => o.Issuers[0].Authority = "http://127.0.0.1.login.example" },
        { "Ledger:Access:Issuers:0:Authority", o => o.Issuers[0].Authority = LocalIssuer.Name },
        { "Ledger:Access:Issuers:1:Authority", o => o.Issuers.Add(new IssuerOptions { Authority = "https://login.example/", Audience = "another" }) },
        { "Ledger:Access:Issuers:0:Audience", o => o.Issuers[0].Audience = " " },
        { "Ledger:Access:Issuers:0:Organisation", o => o.Issuers[0].Organisation = "Main" },
        { "Ledger:Access:Issuers:0:Organisation", o => o.Issuers[0].Organisation = "" },
        { "Ledger:Access:Issuers:0:Roles:0", o => o.Issuers[0].Roles.Add("hr") },
        { "Ledger:Access:Issuers:0:Roles:0", o => o.Issuers[0].Roles.Add("=hr") },
        { "Ledger:Access:Issuers:0:Roles:0", o => o.Issuers[0].Roles.Add("people=HR") },
        { "Ledger:Access:Issuers:0:Roles:1", o => { o.Issuers[0].Roles.Add("people=hr"); o.Issuers[0].Roles.Add("people=boss"); } },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void Configuration_ThatIsWrong_IsRefusedNamingTheKey(string key, Action<AccessOptions> change)
    {
        AccessOptions options = Usual();
        change(options);

        new AccessOptionsCheck().Validate(null, options).Failures.Should().ContainSingle().Which.Should().StartWith($"{key}: ");
    }

    [Fact]
    public void Configuration_UsualOrNone_IsAccepted()
    {
        new AccessOptionsCheck().Validate(null, new AccessOptions()).Succeeded.Should().BeTrue();
        AccessOptions options = Usual();
        options.Issuers.Add(new IssuerOptions { Authority = "http://127.0.0.1:8080/realms/main", Audience = "ledger", Organisation = "main", Roles = { "a=b=hr" } });
        new AccessOptionsCheck().Validate(null, options).Failures.Should().BeNullOrEmpty();
    }

    private static AccessOptions Usual() => new() { Issuers = { new IssuerOptions { Authority = "https://login.example", Audience = "ledger" } } };
}
