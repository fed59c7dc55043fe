using System.Text.Json;
using FluentAssertions;
using Ledger.Contracts;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations;
using Ledger.Silo.Tests.Hosting;
using Ledger.Silo.Tests.Workers;
using Ledger.Silo.Transparency;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Ledger.Silo.Tests.Organisations;

public sealed class OrganisationRegistryTests : IAsyncLifetime
{
    private readonly TestStore store = new();
    private readonly string directory = Directory.CreateTempSubdirectory("ledger-registry-").FullName;
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 9, 12, 0, 0, TimeSpan.Zero));
    private readonly Lifetime lifetime = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await store.DisposeAsync();
        Directory.Delete(directory, recursive: true);
        Environment.ExitCode = 0;
    }

    [Fact]
    public async Task Organisation_ServedForTheFirstTime_RegistersItsKeyAsTheFirstLinkOfItsChain()
    {
        using OrganisationRegistry registry = await StartedAsync("keys");

        registry.Find("main").Key.Should().NotBeNull();
        RecordedEvent stored = (await store.EventsAsync("organisation-main")).Should().ContainSingle().Subject;
        stored.Type.Should().Be("organisation-key-registered.v1");
        JsonDocument.Parse(stored.Data).RootElement.GetProperty("fingerprint").GetString().Should().Be(registry.Find("main").Key!.Fingerprint());
        EventMetadata.Read(stored).Salt.ToArray().Should().Equal(new byte[16]);
    }

    [Fact]
    public async Task Organisation_ServedAgain_RegistersNothing()
    {
        using (await StartedAsync("keys"))
        {
        }

        using OrganisationRegistry again = await StartedAsync("keys");
        again.Find("main").Key.Should().NotBeNull();
        (await store.EventsAsync("organisation-main")).Should().ContainSingle();
    }

    [Fact]
    public async Task Organisation_WithAnotherKeyThanRegistered_IsNotServedAndTheProcessStops()
    {
        using (await StartedAsync("keys"))
        {
        }

        using OrganisationRegistry wrong = New("other-keys");
        await wrong.StartAsync(CancellationToken.None);
        await lifetime.Stopped.Task.WaitAsync(TimeSpan.FromSeconds(60));

        wrong.Find("main").Key.Should().BeNull();
        wrong.Find("main").Refusal!.Code.Should().Be(RefusalCode.StoreUnavailable);
        Environment.ExitCode.Should().Be(1);
        (await store.EventsAsync("organisation-main")).Should().ContainSingle("the registered key stands");
        await wrong.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Organisation_WhileTheStoreIsDown_WaitsAndThenIsServed()
    {
        bool tried = false;
        TaskCompletionSource refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
        store.BeforeRead = (_, _) =>
        {
            if (!tried)
            {
                tried = true;
                refused.SetResult();
                throw new EventStoreUnavailableException("down", TimeSpan.FromSeconds(1));
            }
        };
        using OrganisationRegistry registry = New("keys");
        await registry.StartAsync(CancellationToken.None);
        await refused.Task.WaitAsync(TimeSpan.FromSeconds(60));

        registry.Find("main").Refusal!.RetryAfter.Should().BePositive();
        while (!registry.ExecuteTask!.IsCompleted)
        {
            time.Advance(Limits.RetryAfter);
            await Task.Yield();
        }

        registry.Find("main").Key.Should().NotBeNull();
    }

    [Fact]
    public async Task Organisation_ThatIsNotServed_IsUnknown()
    {
        using OrganisationRegistry registry = await StartedAsync("keys");

        registry.Find("elsewhere").Refusal.Should().BeEquivalentTo(new Refusal(RefusalCode.UnknownOrganisation, "parent", ["elsewhere"]));
    }

    private async Task<OrganisationRegistry> StartedAsync(string keys)
    {
        OrganisationRegistry registry = New(keys);
        await registry.StartAsync(CancellationToken.None);
        await registry.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(60));
        return registry;
    }

    private OrganisationRegistry New(string keys) => new(
        store, Options.Create(new SiloOptions { KeysDirectory = Path.Combine(directory, keys) }), time, new Entropy(), TestKeys.Of(store), lifetime,
        NullLogger<OrganisationRegistry>.Instance);

    private sealed class Lifetime : IHostApplicationLifetime
    {
        public TaskCompletionSource Stopped { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => Stopped.TrySetResult();
    }
}
