using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ledger.Api.Decisions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Ledger.Api.Access;

/// <summary>Producers that sign in with a certificate instead of a token (mutual TLS, on the gRPC port).</summary>
public sealed class ProducerCertificateOptions
{
    /// <summary>PEM file of the authority that issues their certificates: its root, and what stands between.</summary>
    public string Authority { get; set; } = "";

    /// <summary>The organisation whose decisions they record.</summary>
    public string Organisation { get; set; } = "";

    /// <summary>Common names of the producers, one or more: taking a name out takes the producer out.</summary>
    public IList<string> Names { get; } = [];

    /// <summary>What is wrong with it, each with its key.</summary>
    internal IEnumerable<string> Faults(string key)
    {
        if (!ResourceNames.IsOrganisation(Organisation))
        {
            yield return $"{key}:Organisation: '{Organisation}' must be 1 to 40 lower-case letters, digits and hyphens, beginning with a letter.";
        }

        if (Names.Count == 0 || Names.Any(string.IsNullOrWhiteSpace))
        {
            yield return $"{key}:Names: name the producers, by the common names in their certificates.";
        }

        if (UnreadableAuthority() is { } why)
        {
            yield return $"{key}:Authority: '{Authority}' cannot be read: {why}";
        }
    }

    /// <exception cref="CryptographicException">The file holds no certificate.</exception>
    internal X509Certificate2Collection ReadAuthority()
    {
        X509Certificate2Collection authority = [];
        authority.ImportFromPemFile(Authority);
        return authority.Count > 0 ? authority : throw new CryptographicException("it holds no certificate.");
    }

    private string? UnreadableAuthority()
    {
        try
        {
            _ = ReadAuthority();
            return null;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return e.Message;
        }
    }
}

/// <summary>
/// Turns the certificate of a connection into the producer it belongs to. Lists of revoked certificates are not fetched: an edge may stand where it
/// reaches nothing. A producer is taken out by its name, or by certificates that live for days.
/// </summary>
internal sealed class ProducerCertificates
{
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(1);

    // RFC 5280 §4.2.1.12: id-kp-clientAuth.
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private readonly List<(X509Certificate2Collection Authority, ProducerCertificateOptions Options)> producers;
    private readonly ConditionalWeakTable<X509Certificate2, Seen> seen = [];
    private readonly TimeProvider time;

    public ProducerCertificates(IOptions<AccessOptions> options, TimeProvider time)
    {
        producers = [.. options.Value.ProducerCertificates.Select(p => (p.ReadAuthority(), p))];
        this.time = time;
    }

    /// <summary>Whether certificates are asked for at all.</summary>
    public bool AreTaken => producers.Count > 0;

    /// <summary>Who the certificate of a call's connection belongs to; nothing where there is none.</summary>
    public TokenVerdict? Of(HttpContext http)
    {
        if (!AreTaken || http.Connection.ClientCertificate is not { } certificate)
        {
            return null;
        }

        DateTimeOffset now = time.GetUtcNow();
        if (!seen.TryGetValue(certificate, out Seen? known) || known.Until <= now)
        {
            known = new Seen(Check(certificate, now), now + Remembered);
            seen.AddOrUpdate(certificate, known);
        }

        return known.Verdict;
    }

    private TokenVerdict Check(X509Certificate2 certificate, DateTimeOffset now)
    {
        string name = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        foreach ((X509Certificate2Collection authority, ProducerCertificateOptions options) in producers)
        {
            if (options.Names.Contains(name, StringComparer.Ordinal) && IsOf(authority, certificate, now))
            {
                return new TokenVerdict(
                    new Caller([Role.Producer], options.Organisation, $"certificate\n{name}", null, [], new DateTimeOffset(certificate.NotAfter), HoldsDirectory: false), null);
            }
        }

        return new TokenVerdict(null, TokenFault.UnknownCertificate);
    }

    private static bool IsOf(X509Certificate2Collection authority, X509Certificate2 certificate, DateTimeOffset now)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.LocalDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(ClientAuthentication);
        return chain.Build(certificate);
    }

    private sealed record Seen(TokenVerdict Verdict, DateTimeOffset Until);
}
