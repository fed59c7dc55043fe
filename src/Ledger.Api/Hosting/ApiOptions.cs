using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace Ledger.Api.Hosting;

/// <summary>Configuration of an API host, section <c>Ledger:Api</c>.</summary>
public sealed class ApiOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Ledger:Api";

    /// <summary>Address to listen on. Default loopback.</summary>
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>Port of JSON and health, HTTP/1.1; 0 takes a free one.</summary>
    public int HttpPort { get; set; } = 5080;

    /// <summary>Port of gRPC, HTTP/2 in clear text; 0 takes a free one.</summary>
    public int GrpcPort { get; set; } = 5081;

    /// <summary>PEM file of the certificate, and those that lead to its root, for TLS on both ports; not set: clear text.</summary>
    public string? Certificate { get; set; }

    /// <summary>PEM file of its key; not set: in the certificate's file.</summary>
    public string? CertificateKey { get; set; }

    /// <summary>The https address at which people reach the pages, if something in front of this host ends TLS; not set: as the browser asked.</summary>
    public Uri? PublicAddress { get; set; }

    /// <summary>
    /// Folder of the keys that seal people's sessions; shared by API hosts that serve the same people. Not set: <c>sessions</c> beside the
    /// organisations' keys.
    /// </summary>
    public string? SessionKeysDirectory { get; set; }

    /// <summary>Silos' gateways as <c>host:port</c>; only for an API host that runs alone.</summary>
    public IList<string> Gateways { get; } = [];
}

internal sealed class ApiOptionsCheck : IValidateOptions<ApiOptions>
{
    public ValidateOptionsResult Validate(string? name, ApiOptions options)
    {
        List<string> failures = [];
        if (!IPAddress.TryParse(options.Host, out _))
        {
            failures.Add($"Ledger:Api:Host: '{options.Host}' is not an IP address.");
        }

        CheckPort(options.HttpPort, "Ledger:Api:HttpPort", failures);
        CheckPort(options.GrpcPort, "Ledger:Api:GrpcPort", failures);
        if (options.HttpPort == options.GrpcPort && options.HttpPort != 0)
        {
            failures.Add($"Ledger:Api:GrpcPort: {options.GrpcPort} is already Ledger:Api:HttpPort; without TLS the two need a port each.");
        }

        CheckCertificate(options, failures);
        if (options.PublicAddress is { } address && (!address.IsAbsoluteUri || address.Scheme != Uri.UriSchemeHttps || address.AbsolutePath != "/"))
        {
            failures.Add($"Ledger:Api:PublicAddress: '{address}' is not an https address without a path.");
        }

        for (int i = 0; i < options.Gateways.Count; i++)
        {
            int colon = options.Gateways[i].LastIndexOf(':');
            if (colon < 1 || !ushort.TryParse(options.Gateways[i].AsSpan(colon + 1), CultureInfo.InvariantCulture, out ushort port) || port == 0)
            {
                failures.Add($"Ledger:Api:Gateways:{i}: '{options.Gateways[i]}' is not host:port.");
            }
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void CheckCertificate(ApiOptions options, List<string> failures)
    {
        if (options.Certificate is not { } file)
        {
            if (options.CertificateKey is not null)
            {
                failures.Add("Ledger:Api:CertificateKey: there is no Ledger:Api:Certificate for it.");
            }

            return;
        }

        try
        {
            using X509Certificate2 certificate = ServerCertificate.Read(file, options.CertificateKey);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            failures.Add($"Ledger:Api:Certificate: {file} and its key cannot be read: {e.Message}");
        }
    }

    private static void CheckPort(int port, string key, List<string> failures)
    {
        if (port is < 0 or > 65535)
        {
            failures.Add($"{key}: {port} is not a port; use 0 to 65535.");
        }
    }
}
