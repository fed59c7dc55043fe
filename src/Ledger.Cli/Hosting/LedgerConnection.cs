using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Ledger.Api.Access;
using Ledger.V1;

namespace Ledger.Cli.Hosting;

/// <summary>A ledger that commands speak to over gRPC: a server, or a data directory that this process opens for itself.</summary>
internal sealed class LedgerConnection : IAsyncDisposable
{
    private static readonly TimeSpan CallWithin = TimeSpan.FromSeconds(30);

    private readonly Session session;
    private readonly GrpcChannel channel;
    private readonly LedgerHost? host;

    private LedgerConnection(Session session, Uri address, string? token, LedgerHost? host, X509Certificate2? certificate = null)
    {
        this.session = session;
        this.host = host;
        Address = address;
        channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                UseProxy = !address.IsLoopback,
                EnableMultipleHttp2Connections = true,
                KeepAlivePingDelay = TimeSpan.FromSeconds(30),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
                SslOptions = { ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true) },
            },
            DisposeHttpClient = true,
        });
        CallInvoker inOurLanguage = channel.Intercept(headers =>
        {
            headers.Add("accept-language", session.Language.Tag);
            if (token is not null)
            {
                headers.Add("authorization", $"Bearer {token}");
            }

            return headers;
        });
        Decisions = new DecisionService.DecisionServiceClient(inOurLanguage);
        Workers = new WorkerService.WorkerServiceClient(inOurLanguage);
        Access = new AccessService.AccessServiceClient(inOurLanguage);
        Transparency = new TransparencyService.TransparencyServiceClient(inOurLanguage);
    }

    public Uri Address { get; }

    public DecisionService.DecisionServiceClient Decisions { get; }

    public WorkerService.WorkerServiceClient Workers { get; }

    public AccessService.AccessServiceClient Access { get; }

    public TransparencyService.TransparencyServiceClient Transparency { get; }

    public static LedgerConnection ToServer(Session session, Uri address, string? token, X509Certificate2? certificate) =>
        new(session, address, token, host: null, certificate);

    /// <summary>A host of this process, as somebody to whom it grants something.</summary>
    public static LedgerConnection To(Session session, LedgerHost host, LocalGrant grant) => new(session, host.Grpc, host.Token(session, grant), host: null);

    /// <exception cref="CommandFailure">There is no ledger in the directory, or none of that organisation.</exception>
    public static async Task<LedgerConnection> ToDirectoryAsync(
        Session session, string directory, string? organisation, CancellationToken cancellationToken)
    {
        // An empty new ledger would answer every question with "nothing": a slip in a path must not look like an answer.
        if (!File.Exists(DataDirectory.StoreOf(directory)))
        {
            throw new CommandFailure(ExitCode.Failed, session.Texts.Format("data.none", directory));
        }

        string[] held = DataDirectory.Organisations(directory);
        if (held.Length == 0 || (organisation is not null && !held.Contains(organisation, StringComparer.Ordinal)))
        {
            throw new CommandFailure(ExitCode.Refused, held.Length == 0
                ? session.Texts.Format("data.keys", Path.Combine(directory, "keys"))
                : session.Texts.Format("data.organisation", directory, organisation, string.Join(", ", held)));
        }

        LedgerHost opened = await LedgerHost.StartPrivatelyAsync(session, directory, held, ports: null, cancellationToken);
        // Whoever opens a directory holds its keys; that they looked is recorded all the same.
        LocalGrant holder = new(organisation ?? held[0], Environment.UserName, Role.Operator) { HoldsDirectory = true };
        return new LedgerConnection(session, opened.Grpc, opened.Token(session, holder), opened);
    }

    /// <summary>Options of one call with an answer of its own.</summary>
    public CallOptions Call(CancellationToken cancellationToken) =>
        new(deadline: session.Around.Time.GetUtcNow().UtcDateTime + CallWithin, cancellationToken: cancellationToken);

    /// <summary>Options of a stream, which lasts as long as it takes.</summary>
    public static CallOptions Stream(CancellationToken cancellationToken) => new(cancellationToken: cancellationToken);

    public async ValueTask DisposeAsync()
    {
        channel.Dispose();
        if (host is not null)
        {
            await host.DisposeAsync();
        }
    }
}
