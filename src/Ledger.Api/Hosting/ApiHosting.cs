using System.IO.Compression;
using System.Net;
using System.Security.Authentication;
using Google.Protobuf.Reflection;
using Ledger.Api.Access;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting.Pages;
using Ledger.Api.Organisations;
using Ledger.Api.Transparency;
using Ledger.Api.Workers;
using Ledger.Contracts;
using Ledger.Contracts.Access;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Organisations;
using Ledger.Contracts.Transparency;
using Ledger.Contracts.Workers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Ledger.Api.Hosting;

/// <summary>Puts the edge into a process.</summary>
public static class ApiHosting
{
    private const string Ready = "ready";

    /// <summary>Adds the edge: gRPC, its JSON form, reflection and health, on the addresses of section <c>Ledger:Api</c>.</summary>
    /// <param name="builder">The process's builder.</param>
    /// <param name="local">Signs tokens of this machine; taken on loopback only.</param>
    public static WebApplicationBuilder AddLedgerApi(this WebApplicationBuilder builder, LocalIssuer? local = null)
    {
        builder.Services.AddOptions<ApiOptions>().BindConfiguration(ApiOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<ApiOptions>, ApiOptionsCheck>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddOptions<AccessOptions>().BindConfiguration(AccessOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<AccessOptions>, AccessOptionsCheck>();
        builder.Services.AddSingleton(services => new LocalTokens(
            services.GetRequiredService<IOptions<AccessOptions>>().Value.TakesLocalTokens
                && IPAddress.IsLoopback(IPAddress.Parse(services.GetRequiredService<IOptions<ApiOptions>>().Value.Host))
                ? local : null));
        builder.Services.AddSingleton<TokenReader>();
        builder.Services.AddSingleton<ProducerCertificates>();
        builder.Services.AddSingleton<Gatekeeper>();
        builder.Services.AddSingleton<AccessInterceptor>();
        builder.Services.AddSingleton<AccessService>();
        builder.Services.TryAddSingleton<GrainReferences<IAccessRegister>>();
        builder.Services.AddSingleton<IntakeGate>();
        builder.Services.TryAddSingleton<GrainReferences<IIntake>>();
        builder.Services.TryAddSingleton<GrainReferences<IWorker>>();
        // Grpc.AspNetCore makes a service per call unless it finds one; these have no state of their own.
        builder.Services.AddSingleton<Trails>();
        builder.Services.AddSingleton<WorkerDirectory>();
        builder.Services.AddSingleton<Mandates>();
        builder.Services.AddSingleton<MandateDesk>();
        builder.Services.TryAddSingleton<GrainReferences<IUnitOverview>>();
        builder.Services.AddSingleton<UnitQueries>();
        builder.Services.AddSingleton<OrganisationService>();
        builder.Services.AddSingleton<RefusedTally>();
        builder.Services.TryAddSingleton<GrainReferences<IRefusedDecisions>>();
        builder.Services.AddSingleton<RefusedQueries>();
        // After the grains, which it calls when the process stops.
        builder.Services.AddHostedService<RefusedKeeper>();
        builder.Services.AddSingleton<DecisionService>();
        builder.Services.AddSingleton<WorkerService>();
        builder.Services.TryAddSingleton<GrainReferences<ITransparencyLog>>();
        builder.Services.TryAddSingleton<GrainReferences<ILogReader>>();
        builder.Services.AddSingleton<LogProofs>();
        builder.Services.AddSingleton<WorkerEvidence>();
        builder.Services.AddSingleton<WorkerDossier>();
        builder.Services.AddSingleton<LogEndpoints>();
        builder.Services.AddSingleton<TransparencyService>();
        // The library would write each refusal's sentence into the log, and the word that is not known here may be anybody's.
        builder.Logging.AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.Warning);
        // It warns on every page with a form that it writes Cache-Control itself: no-cache, no-store, as strict as ours.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Antiforgery.DefaultAntiforgery", LogLevel.Error);
        builder.Services
            .AddGrpc(grpc =>
            {
                grpc.Interceptors.Add<RefusalInterceptor>();
                grpc.Interceptors.Add<AccessInterceptor>();
                grpc.MaxReceiveMessageSize = Limits.MessageBytes;
                grpc.ResponseCompressionLevel = CompressionLevel.Fastest;
            })
            // Without the types of its details, a refusal cannot be written as JSON.
            .AddJsonTranscoding(json => json.TypeRegistry = TypeRegistry.FromFiles(Google.Rpc.ErrorDetailsReflection.Descriptor));
        builder.Services.AddSingleton<RefusalInterceptor>();
        PageHosting.Add(builder);
        builder.Services.AddGrpcReflection();
        builder.Services.AddGrpcHealthChecks(health => health.Services.Map("", check => check.Tags.Contains(Ready, StringComparer.Ordinal)))
            .AddCheck<ReadinessCheck>("ledger", tags: [Ready]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            ApiOptions options = kestrel.ApplicationServices.GetRequiredService<IOptions<ApiOptions>>().Value;
            IPAddress address = IPAddress.Parse(options.Host);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Limits.DrainedBytes;
            ServerCertificate? certificate = options.Certificate is { } file
                ? new ServerCertificate(
                    file, options.CertificateKey, kestrel.ApplicationServices.GetRequiredService<TimeProvider>(),
                    kestrel.ApplicationServices.GetRequiredService<ILogger<ServerCertificate>>())
                : null;
            // On the port of machines only: a browser would ask its user which certificate to show.
            bool asks = kestrel.ApplicationServices.GetRequiredService<ProducerCertificates>().AreTaken;
            kestrel.Listen(address, options.HttpPort, listen => Serve(listen, HttpProtocols.Http1, certificate, asks: false));
            kestrel.Listen(address, options.GrpcPort, listen => Serve(listen, HttpProtocols.Http2, certificate, asks));
        });
        return builder;
    }

    /// <summary>Connects an edge that runs alone to the silos named by <c>Ledger:Api:Gateways</c>.</summary>
    /// <param name="builder">The process's builder.</param>
    /// <param name="traced">Whether grain calls carry the trace along; each of them pays for it.</param>
    public static IHostApplicationBuilder AddLedgerApiClient(this IHostApplicationBuilder builder, bool traced = false)
    {
        builder.UseOrleansClient(client =>
        {
            client.UseStaticClustering();
            if (traced)
            {
                client.AddActivityPropagation();
            }

            client.UseConnectionRetryFilter(async (_, cancellationToken) =>
            {
                await Task.Delay(Limits.RetryAfter, cancellationToken);
                return true;
            });
            client.Services.Configure<ClusterOptions>(cluster => cluster.ServiceId = cluster.ClusterId = "ledger");
            client.Services.AddOptions<StaticGatewayListProviderOptions>().Configure<IOptions<ApiOptions>>((gateways, options) =>
                gateways.Gateways = [.. options.Value.Gateways.Select(Gateway)]);
        });
        return builder;
    }

    /// <summary>Maps everything that <see cref="AddLedgerApi"/> added.</summary>
    public static WebApplication MapLedgerApi(this WebApplication app)
    {
        SecurityHeaders.Use(app);
        PageHosting.Use(app);
        app.UseMiddleware<ProblemMiddleware>();
        app.UseMiddleware<JsonBodyMiddleware>();
        app.MapGrpcService<DecisionService>();
        app.MapGrpcService<WorkerService>();
        app.MapGrpcService<TransparencyService>();
        app.MapGrpcService<AccessService>();
        app.MapGrpcService<OrganisationService>();
        app.Services.GetRequiredService<LogEndpoints>().Map(app);
        app.MapGrpcReflectionService();
        app.MapGrpcHealthChecksService();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Ready, StringComparer.Ordinal) });
        PageHosting.Map(app);
        ServedMethods.Check(app);
        return app;
    }

    private static void Serve(ListenOptions listen, HttpProtocols protocol, ServerCertificate? certificate, bool asks)
    {
        listen.Protocols = protocol;
        if (certificate is not null)
        {
            listen.UseHttps(https =>
            {
                https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
                https.ServerCertificateSelector = (_, _) => certificate.Current();
                if (asks)
                {
                    // Whether it is believed is said by the gatekeeper, in words; a handshake can only break off.
                    https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                    https.AllowAnyClientCertificate();
                }
            });
        }
    }

    private static Uri Gateway(string gateway)
    {
        // Checked at start: it is host:port.
        int colon = gateway.LastIndexOf(':');
        string host = gateway[..colon];
        IPAddress address = IPAddress.TryParse(host, out IPAddress? parsed) ? parsed : Dns.GetHostAddresses(host)[0];
        return new Uri($"gwy.tcp://{address}{gateway[colon..]}/0");
    }
}
