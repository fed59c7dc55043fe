using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ledger.EventStore.Tests.EventStoreDb;

/// <summary>An authority of the test's own, and a certificate of it for localhost.</summary>
internal sealed class Certificates : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ledger-ca-").FullName;

    public Certificates()
    {
        DateTimeOffset from = TimeProvider.System.GetUtcNow().AddHours(-1);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=Test authority", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 root = authority.CreateSelfSigned(from, from.AddDays(1));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        server.CertificateExtensions.Add(names.Build());
        using X509Certificate2 signed = server.Create(root, from, from.AddDays(1), RandomNumberGenerator.GetBytes(8));
        ForLocalhost = signed.CopyWithPrivateKey(key);

        CaFile = Path.Combine(_directory, "ca.pem");
        File.WriteAllText(CaFile, root.ExportCertificatePem());
    }

    public X509Certificate2 ForLocalhost { get; }

    /// <summary>PEM file of the authority.</summary>
    public string CaFile { get; }

    public void Dispose()
    {
        ForLocalhost.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
