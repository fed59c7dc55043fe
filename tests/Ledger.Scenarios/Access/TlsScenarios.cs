using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Ledger.Scenarios.Hosting;
using Ledger.Tests;
using Ledger.V1;

namespace Ledger.Scenarios.Access;

/// <summary>The edge with a certificate: nothing is said in clear text, and a renewed certificate is shown without a restart.</summary>
public class TlsScenarios
{
    [Fact]
    public async Task Server_WithACertificate_SpeaksTlsOnBothPortsAndShowsARenewedOne()
    {
        using TemporaryDirectory data = new();
        string pem = data.Of("tls.pem");
        using X509Certificate2 first = NewCertificate(pem);
        LedgerSetup setup = new()
        {
            DataDirectory = data.Of("data"),
            Variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["Ledger__Api__Certificate"] = pem },
        };
        await using LedgerProcess server = LedgerProcess.Start(setup);
        string? shown = null;
        using HttpClient https = new(Trusting(seen => shown = seen));
        Uri ready = new($"https://127.0.0.1:{setup.HttpPort}/health/ready");
        await Eventually.HoldsAsync(async () => await IsReadyAsync(https, ready), "the server is ready", TimeSpan.FromSeconds(90));
        shown.Should().Be(first.GetCertHashString());

        using HttpResponseMessage answer = await https.GetAsync(new Uri(ready, "/v1/caller"));
        answer.StatusCode.Should().Be(System.Net.HttpStatusCode.Unauthorized);
        answer.Headers.GetValues("Strict-Transport-Security").Should().ContainSingle();
        answer.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        answer.Headers.CacheControl!.NoStore.Should().BeTrue();
        using GrpcChannel channel = GrpcChannel.ForAddress($"https://127.0.0.1:{setup.GrpcPort}", new GrpcChannelOptions { HttpHandler = Trusting(_ => { }) });
        Caller caller = await new AccessService.AccessServiceClient(channel.CreateCallInvoker().With(() => server.Token(Tokens.Usual()))).GetCallerAsync(new GetCallerRequest());
        caller.Organisation.Should().Be("main");

        using (HttpClient clear = new())
        {
            await FluentActions.Awaiting(() => clear.GetAsync(new Uri($"http://127.0.0.1:{setup.HttpPort}/health/ready"))).Should().ThrowAsync<HttpRequestException>();
        }

        using X509Certificate2 second = NewCertificate(pem);
        await Eventually.HoldsAsync(
            async () =>
            {
                using HttpClient again = new(Trusting(seen => shown = seen));
                return await IsReadyAsync(again, ready) && shown == second.GetCertHashString();
            },
            "the renewed certificate is shown",
            TimeSpan.FromSeconds(60));
    }

    /// <summary>Takes any certificate, and tells which it was.</summary>
    private static SocketsHttpHandler Trusting(Action<string> seen) => new()
    {
        SslOptions =
        {
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                seen(certificate!.GetCertHashString());
                return certificate.Subject.Length > 0;
            },
        },
    };

    private static async Task<bool> IsReadyAsync(HttpClient client, Uri address)
    {
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(address);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static X509Certificate2 NewCertificate(string path)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        X509Certificate2 made = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        File.WriteAllText(path, $"{made.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        return made;
    }
}
