using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Ledger.Api.Hosting;

/// <summary>The certificate that the edge shows, from PEM files; read again when they change, so that a renewal needs no restart.</summary>
internal sealed class ServerCertificate(string certificate, string? key, TimeProvider time, ILogger logger)
{
    private readonly Lock turn = new();
    private X509Certificate2 current = Read(certificate, key);
    private DateTime read = File.GetLastWriteTimeUtc(certificate);
    private long looked = time.GetTimestamp();

    /// <summary>The certificate to show now.</summary>
    public X509Certificate2 Current()
    {
        lock (turn)
        {
            if (time.GetElapsedTime(looked) < Limits.CertificateLook)
            {
                return current;
            }

            looked = time.GetTimestamp();
            if (File.GetLastWriteTimeUtc(certificate) is var changed && changed != read)
            {
                try
                {
                    current = Read(certificate, key);
                    read = changed;
                }
                catch (Exception e) when (e is CryptographicException or IOException)
                {
                    // Half of a renewal may be written: the old one goes on, and the next look sees the rest.
                    logger.LogError(e, "The certificate {File} cannot be read; the one before stays in use.", certificate);
                }
            }

            return current;
        }
    }

    /// <exception cref="CryptographicException">They are no certificate and its key.</exception>
    public static X509Certificate2 Read(string certificate, string? key) => X509Certificate2.CreateFromPemFile(certificate, key);
}
