using System.Net;
using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Api.Hosting;
using Ledger.Cli.Access;
using Ledger.Silo.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ledger.Cli.Hosting;

/// <summary>Which parts of the ledger a process holds.</summary>
internal enum Parts
{
    All,
    Silo,
    Api,
}

/// <summary>The ledger, or a part of it, running in this process.</summary>
internal sealed class LedgerHost : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(20);

    private readonly IHost host;
    private readonly LocalIssuer? issuer;

    private LedgerHost(IHost host, LocalIssuer? issuer, LedgerSettings settings)
    {
        this.host = host;
        this.issuer = issuer;
        Settings = settings;
    }

    public LedgerSettings Settings { get; }

    public Uri Http => Settings.Http;

    public Uri Grpc => Settings.Grpc;

    /// <summary>Ends when the host stops for a reason of its own.</summary>
    public CancellationToken Stopping => host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    /// <exception cref="CommandFailure">The host cannot start; the sentence says what to do.</exception>
    public static async Task<LedgerHost> StartAsync(
        Session session, IConfiguration configuration, Parts parts, LogLevel logs, CancellationToken cancellationToken)
    {
        LedgerSettings settings = LedgerSettings.From(configuration, session);
        LocalIssuer? opened = LocalKey.OpenFor(session, settings, parts);
        IHost built = Build(session, configuration, parts, opened, logs);
        try
        {
            // The store opens when its users are made. A host whose services cannot be made was never started and cannot be stopped.
            _ = built.Services.GetServices<IHostedService>().Count();
        }
        catch
        {
            opened?.Dispose();
            await DisposeAsync(built);
            throw;
        }

        try
        {
            await built.StartAsync(cancellationToken);
        }
        catch (Exception e)
        {
            await StopQuietlyAsync(built);
            opened?.Dispose();
            if (Explain(session, e, settings) is { } failure)
            {
                throw failure;
            }

            throw;
        }

        return new LedgerHost(built, opened, WithPortsGiven(built, settings));
    }

    /// <summary>
    /// The whole ledger on the data directory, on ports of the loopback interface that nobody else knows: how a command opens a
    /// directory without a server, through the same calls as with one.
    /// </summary>
    public static async Task<LedgerHost> StartPrivatelyAsync(
        Session session, string directory, IReadOnlyList<string> organisations, (int Http, int Grpc)? ports, CancellationToken cancellationToken)
    {
        int[] free = FreePorts.Take(4);
        List<KeyValuePair<string, string?>> settings =
        [
            new("Ledger:DataDirectory", directory),
            new("Ledger:Api:Host", LedgerSettings.Loopback),
            new("Ledger:Api:HttpPort", Text(ports?.Http ?? free[0])),
            new("Ledger:Api:GrpcPort", Text(ports?.Grpc ?? free[1])),
            new("Ledger:Silo:Host", LedgerSettings.Loopback),
            new("Ledger:Silo:SiloPort", Text(free[2])),
            new("Ledger:Silo:GatewayPort", Text(free[3])),
            .. organisations.Select((o, i) => new KeyValuePair<string, string?>($"Ledger:Organisations:{i}", o)),
            .. session.Around.Environment.Where(v => v.Key.StartsWith("OTEL_", StringComparison.Ordinal))
                .Select(v => new KeyValuePair<string, string?>(v.Key, v.Value)),
        ];
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        LedgerHost started = await StartAsync(session, configuration, Parts.All, LogLevel.Warning, cancellationToken);
        try
        {
            await started.WaitUntilReadyAsync(session, cancellationToken);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }

        static string Text(int port) => port.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Returns when the host answers that it is ready.</summary>
    public async Task WaitUntilReadyAsync(Session session, CancellationToken cancellationToken)
    {
        long started = session.Around.Time.GetTimestamp();
        using HttpClient client = Loopback.Client();
        while (true)
        {
            try
            {
                using HttpResponseMessage answer = await client.GetAsync(new Uri(Http, HealthCommand.ReadyPath), cancellationToken);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet: looked at again below, and told after the time is up.
            }

            if (Stopping.IsCancellationRequested || session.Around.Time.GetElapsedTime(started) > ReadyWithin)
            {
                throw new CommandFailure(ExitCode.Unavailable, session.Texts["failure.notReady"]);
            }

            await Task.Delay(BetweenLooks, session.Around.Time, cancellationToken);
        }
    }

    /// <summary>A token that this host takes, for as long as a command may run.</summary>
    public string Token(Session session, LocalGrant grant) =>
        issuer?.Issue(grant, session.Around.Time.GetUtcNow(), LocalIssuer.UsualLifetime)
        ?? throw new InvalidOperationException("This host takes no tokens of this machine.");

    public async ValueTask DisposeAsync()
    {
        await StopQuietlyAsync(host);
        issuer?.Dispose();
    }

    private static IHost Build(Session session, IConfiguration configuration, Parts parts, LocalIssuer? issuer, LogLevel logs)
    {
        if (parts == Parts.Silo)
        {
            HostApplicationBuilder silo = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
            silo.AddLedgerSilo(Prepare(session, silo, configuration, logs));
            return silo.Build();
        }

        WebApplicationBuilder web = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        bool traced = Prepare(session, web, configuration, logs);
        if (parts == Parts.Api)
        {
            web.AddLedgerApiClient(traced);
        }
        else
        {
            web.AddLedgerSilo(traced);
        }

        web.AddLedgerApi(issuer);
        WebApplication app = web.Build();
        app.MapLedgerApi();
        return app;
    }

    /// <summary>Whether traces are collected.</summary>
    private static bool Prepare(Session session, IHostApplicationBuilder builder, IConfiguration configuration, LogLevel logs)
    {
        // The builders read settings files and variables of their own; ours come from one place.
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddConfiguration(configuration);
        builder.AddLedgerLogs(logs, session.Around.ErrorIsTerminal);
        builder.Services.AddSystemd();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopWithin);
        return builder.AddLedgerTelemetry();
    }

    /// <summary>The ports that a 0 in the configuration turned into; the server lists its addresses in the order JSON, gRPC.</summary>
    private static LedgerSettings WithPortsGiven(IHost host, LedgerSettings settings) =>
        host.Services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses.ToArray() is [var http, var grpc]
            ? settings with { HttpPort = new Uri(http).Port, GrpcPort = new Uri(grpc).Port }
            : settings;

    private static CommandFailure? Explain(Session session, Exception e, LedgerSettings settings)
    {
        Exception? cause = e;
        while (cause is not null)
        {
            if (cause is System.Net.Sockets.SocketException { SocketErrorCode: System.Net.Sockets.SocketError.AddressAlreadyInUse })
            {
                int[] taken = [.. new[] { settings.HttpPort, settings.GrpcPort, settings.SiloPort, settings.GatewayPort }
                    .Where(port => !FreePorts.IsFree(IPAddress.Loopback, port))];
                return new CommandFailure(ExitCode.Failed, session.Texts.Format("failure.portTaken", string.Join(", ", taken)), e);
            }

            cause = cause.InnerException;
        }

        return null;
    }

    private static async Task StopQuietlyAsync(IHost host)
    {
        using CancellationTokenSource limit = new(StopWithin);
        try
        {
            await host.StopAsync(limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or AggregateException or RpcException)
        {
            // Nothing acknowledged depends on a clean stop; what was cut off is repeated by its sender.
        }

        await DisposeAsync(host);
    }

    private static async ValueTask DisposeAsync(IHost host)
    {
        if (host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
        else
        {
            host.Dispose();
        }
    }
}
