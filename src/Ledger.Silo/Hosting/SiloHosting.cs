using System.Net;
using Ledger.Contracts;
using Ledger.Contracts.Organisations;
using Ledger.Contracts.Transparency;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.EventStore.Embedded;
using Ledger.EventStore.EventStoreDb;
using Ledger.Silo.Organisations;
using Ledger.Silo.Organisations.Retention;
using Ledger.Silo.Transparency;
using Ledger.Silo.Workers.Sealing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Ledger.Silo.Hosting;

/// <summary>Puts the grains into a process.</summary>
public static class SiloHosting
{
    /// <summary>Adds the silo: grains, event store, organisations and their keys, as section <c>Ledger</c> says.</summary>
    /// <param name="builder">The process's builder.</param>
    /// <param name="traced">Whether grain calls carry the trace along; each of them pays for it.</param>
    public static IHostApplicationBuilder AddLedgerSilo(this IHostApplicationBuilder builder, bool traced = false)
    {
        builder.Services.AddOptions<SiloOptions>().BindConfiguration(SiloOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<SiloOptions>, SiloOptionsCheck>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<Entropy>();
        builder.Services.TryAddSingleton(OpenStore);
        builder.Services.TryAddSingleton(OpenKeyStore);
        builder.Services.TryAddSingleton(OpenKeys);
        builder.Services.TryAddSingleton<GrainReferences<IWorker>>();
        builder.Services.AddSingleton<OrganisationRegistry>();
        builder.Services.AddHostedService(services => services.GetRequiredService<OrganisationRegistry>());
        builder.Services.AddHostedService<RetentionDesk>();
        builder.Services.TryAddSingleton<GrainReferences<ITransparencyLog>>();
        builder.Services.TryAddSingleton<GrainReferences<IUnitOverview>>();
        builder.Services.AddSingleton<WitnessClient>();
        builder.Services.AddSingleton<LogKeeper>();

        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(serviceId: "ledger", clusterId: "ledger");
            if (traced)
            {
                silo.AddActivityPropagation();
            }

            silo.Services.AddOptions<EndpointOptions>().Configure<IOptions<SiloOptions>>((endpoints, options) =>
            {
                SiloEndpointOptions configured = options.Value.Silo;
                endpoints.AdvertisedIPAddress = Resolve(configured.Host);
                endpoints.SiloPort = configured.SiloPort;
                endpoints.GatewayPort = configured.GatewayPort;
                bool loopback = IPAddress.IsLoopback(endpoints.AdvertisedIPAddress);
                endpoints.SiloListeningEndpoint = new IPEndPoint(loopback ? IPAddress.Loopback : IPAddress.Any, configured.SiloPort);
                endpoints.GatewayListeningEndpoint = new IPEndPoint(loopback ? IPAddress.Loopback : IPAddress.Any, configured.GatewayPort);
            });
            silo.Services.AddOptions<DevelopmentClusterMembershipOptions>().Configure<IOptions<SiloOptions>>((membership, options) =>
                membership.PrimarySiloEndpoint = new IPEndPoint(Resolve(options.Value.Silo.Host), options.Value.Silo.SiloPort));
            silo.Configure<GrainCollectionOptions>(collection =>
            {
                collection.CollectionAge = Limits.IdleWorker;
                collection.CollectionQuantum = Limits.IdleWorker / 3;
            });
        });
        // After the grains: it calls them as long as it runs.
        builder.Services.AddHostedService(services => services.GetRequiredService<LogKeeper>());
        builder.Services.AddHostedService<UnitKeeper>();
        return builder;
    }

    /// <summary>The event store that the configuration names.</summary>
    internal static IEventStore OpenStore(SiloOptions options, TimeProvider time, ILoggerFactory loggers) =>
        options.Store.ConnectionString is { } address
            ? EventStoreDbEventStore.Connect(address, loggers, time)
            : EmbeddedEventStore.Open(
                new EmbeddedEventStoreOptions { Directory = options.DataDirectory }, time, loggers.CreateLogger<EmbeddedEventStore>());

    /// <summary>The store of keys that the configuration names.</summary>
    internal static IWorkerKeyStore OpenKeyStore(SiloOptions options) =>
        options.Keys.ConnectionString is { } address ? PostgresKeyStore.Connect(address) : EmbeddedKeyStore.Open(options.EffectiveKeysDirectory);

    private static IEventStore OpenStore(IServiceProvider services) => OpenStore(
        services.GetRequiredService<IOptions<SiloOptions>>().Value, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>());

    private static IWorkerKeyStore OpenKeyStore(IServiceProvider services) => OpenKeyStore(services.GetRequiredService<IOptions<SiloOptions>>().Value);

    private static WorkerKeys OpenKeys(IServiceProvider services) => new(
        services.GetRequiredService<IWorkerKeyStore>(),
        services.GetRequiredService<IOptions<SiloOptions>>().Value.EffectiveKeysDirectory,
        services.GetRequiredService<Entropy>());

    private static IPAddress Resolve(string host) =>
        IPAddress.TryParse(host, out IPAddress? address) ? address : Dns.GetHostAddresses(host)[0];
}
