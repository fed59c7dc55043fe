using Grpc.Core;
using Ledger.Api.Tests.Hosting;
using Ledger.Tests;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Ledger.Api.Tests.Access;

/// <summary>A ledger that believes four providers, each configured in another way, with a clock that can be set forward and a log that is kept.</summary>
public sealed class SignInLedger : IAsyncLifetime
{
    private RunningLedger ledger = null!;

    internal MovedClock Clock { get; } = new();

    internal CapturedLog Log { get; } = new();

    /// <summary>Names everything by the usual claims.</summary>
    internal TestIssuer Plain { get; private set; } = null!;

    /// <summary>Speaks for <c>main</c> alone, whatever it says.</summary>
    internal TestIssuer Fixed { get; private set; } = null!;

    /// <summary>Has roles of its own in <c>realm_access.roles</c>.</summary>
    internal TestIssuer Nested { get; private set; } = null!;

    /// <summary>Has scopes for roles.</summary>
    internal TestIssuer Scopes { get; private set; } = null!;

    internal HttpClient Http => ledger.Http;

    internal RunningLedger Ledger => ledger;

    public async Task InitializeAsync()
    {
        TestIssuer[] issuers = [.. Ports.Free(4).Select(port => new TestIssuer(Clock, port))];
        (Plain, Fixed, Nested, Scopes) = (issuers[0], issuers[1], issuers[2], issuers[3]);
        await Task.WhenAll(issuers.Select(issuer => issuer.StartAsync()));
        Dictionary<string, string?> settings = new(StringComparer.Ordinal)
        {
            ["Ledger:Access:LocalTokens"] = "true",
            ["Ledger:Access:Issuers:1:Organisation"] = "main",
            ["Ledger:Access:Issuers:2:RoleClaim"] = "realm_access.roles",
            ["Ledger:Access:Issuers:2:Roles:0"] = "ledger-hr=hr",
            ["Ledger:Access:Issuers:2:Roles:1"] = "group=a=auditor",
            ["Ledger:Access:Issuers:3:RoleClaim"] = "scope",
            ["Ledger:Access:Issuers:3:Roles:0"] = "ledger:record=producer",
            ["Ledger:Access:Issuers:3:Roles:1"] = "ledger:audit=auditor",
        };
        for (int i = 0; i < issuers.Length; i++)
        {
            // With and without a slash at the end it is the same provider.
            settings[$"Ledger:Access:Issuers:{i}:Authority"] = i % 2 == 0 ? issuers[i].Address : $"{issuers[i].Address}/";
            settings[$"Ledger:Access:Issuers:{i}:Audience"] = TestIssuer.Audience;
        }

        ledger = new RunningLedger(builder =>
        {
            builder.Configuration.AddInMemoryCollection(settings);
            builder.Services.AddSingleton<TimeProvider>(Clock);
            builder.Logging.SetMinimumLevel(LogLevel.Trace).AddFilter("Orleans", LogLevel.Information).AddProvider(Log);
        });
        await ledger.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await ledger.DisposeAsync();
        foreach (TestIssuer issuer in (TestIssuer[])[Plain, Fixed, Nested, Scopes])
        {
            await issuer.DisposeAsync();
        }
    }

    /// <summary>Calls with a token.</summary>
    internal CallInvoker With(string token) => ledger.Nobody.With(() => token);

    /// <summary>Who the ledger takes the token's bearer for; its refusal, as an exception.</summary>
    internal async Task<V1.Caller> CallerAsync(string token) =>
        await new V1.AccessService.AccessServiceClient(With(token)).GetCallerAsync(new V1.GetCallerRequest(), new Metadata { { "accept-language", "en" } });
}
