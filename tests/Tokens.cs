using Grpc.Core;
using Grpc.Core.Interceptors;
using Ledger.Api.Access;

namespace Ledger.Tests;

/// <summary>Tokens of a test's own, as <c>ledger token</c> makes them.</summary>
internal static class Tokens
{
    /// <summary>A token that holds for an hour.</summary>
    public static string Of(LocalIssuer issuer, LocalGrant grant) => issuer.Issue(grant, TimeProvider.System.GetUtcNow(), LocalIssuer.UsualLifetime);

    /// <summary>A token of the key in a directory of keys.</summary>
    public static string Of(string keysDirectory, LocalGrant grant) =>
        OfWhenThere(keysDirectory, grant) ?? throw new InvalidOperationException($"No key in {keysDirectory}.");

    /// <summary>The same, or nothing as long as there is no key.</summary>
    public static string? OfWhenThere(string keysDirectory, LocalGrant grant)
    {
        string path = Path.Combine(keysDirectory, "local-issuer.key");
        if (!File.Exists(path))
        {
            return null;
        }

        using LocalIssuer issuer = LocalIssuer.FromKey(File.ReadAllText(path).Trim());
        return Of(issuer, grant);
    }

    /// <summary>Who records, and looks people up: for tests that are not about who may what. They are the worker <paramref name="employeeNumber"/> too.</summary>
    public static LocalGrant Usual(string employeeNumber = "E-1", string organisation = "main") =>
        new(organisation, "test", Role.Producer, Role.Hr, Role.Auditor, Role.Worker) { EmployeeNumber = employeeNumber };

    /// <summary>The same who also holds the data directory, and so reads everybody's record without a purpose; that they looked is recorded.</summary>
    public static LocalGrant Holder() => Usual() with { Roles = [.. Usual().Roles, Role.Operator], HoldsDirectory = true };

    /// <summary>Calls with a token.</summary>
    public static CallInvoker With(this CallInvoker calls, Func<string> token) => calls.Intercept(headers =>
    {
        headers.Add("authorization", $"Bearer {token()}");
        return headers;
    });
}
