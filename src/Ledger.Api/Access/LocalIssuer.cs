using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Ledger.Api.Access;

/// <summary>
/// Signs tokens of this machine, for a demo and for whoever tries the ledger without an identity provider (RFC 9068, ES256). An edge takes them on
/// loopback only.
/// </summary>
public sealed class LocalIssuer : IDisposable
{
    /// <summary>The issuer's name in its tokens.</summary>
    public const string Name = "urn:ledger:local";

    internal const string Audience = "urn:ledger";
    internal const string DirectoryClaim = "holds_directory";

    private static readonly IssuerOptions Claims = new();
    private readonly ECDsa key;

    private LocalIssuer(ECDsa key)
    {
        this.key = key;
        SecurityKey = new ECDsaSecurityKey(key)
        {
            KeyId = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 8)),
            // The library keeps what it made of a key for the whole process, and would use it when this one is gone.
            CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
        };
    }

    internal SecurityKey SecurityKey { get; }

    /// <summary>A new signing key: PKCS #8 in base64.</summary>
    public static string NewKey()
    {
        using ECDsa made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Convert.ToBase64String(made.ExportPkcs8PrivateKey());
    }

    /// <summary>The issuer that signs with a key.</summary>
    /// <param name="key">PKCS #8 in base64.</param>
    /// <exception cref="FormatException">It is not base64.</exception>
    /// <exception cref="CryptographicException">It is not a key.</exception>
    public static LocalIssuer FromKey(string key)
    {
        ECDsa read = ECDsa.Create();
        try
        {
            read.ImportPkcs8PrivateKey(Convert.FromBase64String(key), out _);
            return new LocalIssuer(read);
        }
        catch
        {
            read.Dispose();
            throw;
        }
    }

    /// <summary>Signs a token.</summary>
    /// <param name="grant">What it says.</param>
    /// <param name="now">From when it holds.</param>
    /// <param name="lifetime">For how long.</param>
    public string Issue(LocalGrant grant, DateTimeOffset now, TimeSpan lifetime)
    {
        ArgumentNullException.ThrowIfNull(grant);
        Dictionary<string, object> claims = new(StringComparer.Ordinal)
        {
            ["sub"] = grant.Subject,
            [Claims.OrganisationClaim] = grant.Organisation,
            [Claims.RoleClaim] = grant.Roles.Select(RoleNames.Of).ToArray(),
        };
        if (grant.EmployeeNumber is { } number)
        {
            claims[Claims.EmployeeNumberClaim] = number;
        }

        if (grant.BargainingUnits.Count > 0)
        {
            claims[Claims.BargainingUnitsClaim] = grant.BargainingUnits.ToArray();
        }

        if (grant.HoldsDirectory)
        {
            claims[DirectoryClaim] = true;
        }

        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Name,
            Audience = Audience,
            TokenType = "at+jwt",
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = (now + lifetime).UtcDateTime,
            Claims = claims,
            SigningCredentials = new SigningCredentials(SecurityKey, SecurityAlgorithms.EcdsaSha256),
        });
    }

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();

    /// <summary>A role by its name in tokens; nothing if there is none of that name.</summary>
    /// <param name="name">Name.</param>
    public static Role? RoleNamed(string name) => RoleNames.Parse(name);

    /// <summary>Names of all roles, for a message.</summary>
    public static string RolesInWords { get; } = string.Join(", ", RoleNames.All.Select(RoleNames.Of));

    /// <summary>For how long a token of a demo holds.</summary>
    public static TimeSpan UsualLifetime { get; } = TimeSpan.FromHours(1);
}

/// <summary>What a local token says.</summary>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Subject">Whose it is, in this machine's own words.</param>
/// <param name="Roles">Roles.</param>
public sealed record LocalGrant(string Organisation, string Subject, params IReadOnlyList<Role> Roles)
{
    /// <summary>Their employee number, if they have one.</summary>
    public string? EmployeeNumber { get; init; }

    /// <summary>Units that they speak for.</summary>
    public IReadOnlyList<string> BargainingUnits { get; init; } = [];

    /// <summary>Whether they opened the data directory themselves.</summary>
    public bool HoldsDirectory { get; init; }
}
