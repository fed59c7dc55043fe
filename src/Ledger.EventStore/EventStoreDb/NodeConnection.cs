using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Ledger.EventStore.EventStoreDb.Protocol;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>A channel to one node, with the headers that every call carries.</summary>
internal sealed class NodeConnection : IDisposable
{
    private readonly GrpcChannel _channel;

    public NodeConnection(Endpoint endpoint, EventStoreDbSettings settings)
    {
        Endpoint = endpoint;
        _channel = GrpcChannel.ForAddress($"{(settings.Tls ? "https" : "http")}://{endpoint}", new GrpcChannelOptions
        {
            HttpHandler = CreateHandler(settings),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = EventStoreDbLimits.MessageBytes,
        });
        Streams = new Streams.StreamsClient(_channel);
        Gossip = new Gossip.GossipClient(_channel);
        Headers = CreateHeaders(settings);
    }

    public Endpoint Endpoint { get; }

    public Streams.StreamsClient Streams { get; }

    public Gossip.GossipClient Gossip { get; }

    /// <summary>Read only: shared by all calls.</summary>
    public Metadata Headers { get; }

    /// <summary>Ends every call on this connection.</summary>
    public void Dispose() => _channel.Dispose();

    private static SocketsHttpHandler CreateHandler(EventStoreDbSettings settings)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = EventStoreDbLimits.Connecting,
            // A server takes about 100 calls on one connection; many trails may be read at once.
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            KeepAlivePingDelay = settings.KeepAliveInterval,
            KeepAlivePingTimeout = settings.KeepAliveTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        if (!settings.TlsVerifyCert)
        {
#pragma warning disable CA5359, MA0039 // tlsVerifyCert=false in the connection string asks for exactly this.
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359, MA0039
        }
        else if (settings.TlsCaFile is { } file)
        {
            handler.SslOptions.CertificateChainPolicy = TrustOnly(file);
        }

        return handler;
    }

    // The name is still checked against the certificate; only the root is another.
    private static X509ChainPolicy TrustOnly(string caFile)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // A private authority of a cluster publishes no revocation list.
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.ImportFromPemFile(caFile);
        return policy;
    }

    private static Metadata CreateHeaders(EventStoreDbSettings settings)
    {
        // A follower would answer reads with what it has so far; the leader's answer includes every acknowledged append.
        var headers = new Metadata { { "requires-leader", "true" }, { "connection-name", settings.ConnectionName } };

        // Never in the clear. A server without TLS does not ask for them either.
        if (settings is { Tls: true, Credentials: { } credentials })
        {
            string token = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.User}:{credentials.Password}"));
            headers.Add("authorization", $"Basic {token}");
        }

        return headers;
    }
}
