using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.Tests;
using Ledger.V1;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Access;

/// <summary>The edge with a certificate: nothing is said in clear text, and a renewed certificate is shown without a restart.</summary>
public class TlsScenarios(ITestOutputHelper output)
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

    [Fact]
    public async Task Producer_WithACertificateOfItsAuthority_RecordsAndDoesNothingElse()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        NewCertificate(data.Of("tls.pem")).Dispose();
        using Authority authority = Authority.New("CN=Producers of main");
        using Authority other = Authority.New("CN=Producers of main");
        await File.WriteAllTextAsync(data.Of("authority.pem"), authority.Pem);
        LedgerSetup setup = new()
        {
            DataDirectory = data.Of("data"),
            Variables = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Ledger__Api__Certificate"] = data.Of("tls.pem"),
                ["Ledger__Access__ProducerCertificates__0__Authority"] = data.Of("authority.pem"),
                ["Ledger__Access__ProducerCertificates__0__Organisation"] = "main",
                ["Ledger__Access__ProducerCertificates__0__Names__0"] = "horaire-plus",
            },
        };
        await using LedgerProcess server = LedgerProcess.Start(setup);
        using HttpClient https = new(Trusting(_ => { }));
        await Eventually.HoldsAsync(() => IsReadyAsync(https, new Uri($"https://127.0.0.1:{setup.HttpPort}/health/ready")), "the server is ready", TimeSpan.FromSeconds(90));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();

        RecordDecisionRequest decision = new DecisionBuilder(seed.NewId(), "E-1").Request();
        RecordDecisionRequest elsewhere = new DecisionBuilder(seed.NewId(), "E-1").Request();
        elsewhere.Parent = "organisations/elsewhere";
        using (GrpcChannel channel = Channel(setup, authority.Issue("horaire-plus", now.AddDays(1))))
        {
            DecisionService.DecisionServiceClient producer = new(channel);
            string recorded = (await producer.RecordDecisionAsync(decision)).Name;
            (await Refused.ByAsync(() => producer.GetDecisionAsync(new GetDecisionRequest { Name = recorded, Purpose = "x" }).ResponseAsync))
                .Status.Should().Be(StatusCode.PermissionDenied);
            (await Refused.ByAsync(() => producer.RecordDecisionAsync(elsewhere).ResponseAsync)).Status.Should().Be(StatusCode.PermissionDenied);
        }

        foreach ((string what, X509Certificate2? shown) in new (string, X509Certificate2?)[]
        {
            ("another name", authority.Issue("horaire-minus", now.AddDays(1))),
            ("expired", authority.Issue("horaire-plus", now.AddMinutes(-1))),
            ("for servers", authority.Issue("horaire-plus", now.AddDays(1), usage: "1.3.6.1.5.5.7.3.1")),
            ("of another authority of that name", other.Issue("horaire-plus", now.AddDays(1))),
            ("none", null),
        })
        {
            using GrpcChannel channel = Channel(setup, shown);
            (await Refused.ByAsync(() => new DecisionService.DecisionServiceClient(channel).RecordDecisionAsync(decision).ResponseAsync))
                .Status.Should().Be(StatusCode.Unauthenticated, what);
        }
    }

    private static GrpcChannel Channel(LedgerSetup setup, X509Certificate2? shown)
    {
        SocketsHttpHandler handler = Trusting(_ => { });
        handler.SslOptions.ClientCertificateContext = shown is null ? null : SslStreamCertificateContext.Create(shown, additionalCertificates: null, offline: true);
        return GrpcChannel.ForAddress($"https://127.0.0.1:{setup.GrpcPort}", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
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

    /// <summary>Issues certificates.</summary>
    private sealed class Authority(X509Certificate2 root) : IDisposable
    {
        public string Pem => root.ExportCertificatePem();

        public static Authority New(string name)
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            CertificateRequest request = new(name, key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
            return new Authority(request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-2), TimeProvider.System.GetUtcNow().AddDays(2)));
        }

        public X509Certificate2 Issue(string name, DateTimeOffset until, string usage = "1.3.6.1.5.5.7.3.2")
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
            using X509Certificate2 issued = request.Create(root, until.AddDays(-1), until, RandomNumberGenerator.GetBytes(8));
            return issued.CopyWithPrivateKey(key);
        }

        public void Dispose() => root.Dispose();
    }
}
