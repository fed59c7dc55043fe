using FluentAssertions;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations;
using Ledger.Silo.Organisations.Retention;
using Ledger.Silo.Tests.Workers;
using Ledger.Tests;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;
using static Ledger.Silo.Tests.Organisations.Retention.RetainedLedger;

namespace Ledger.Silo.Tests.Organisations.Retention;

public sealed class RetentionDeskTests : IAsyncLifetime
{
    private RetainedLedger ledger = null!;
    private OrganisationRegistry registry = null!;
    private RetentionDesk desk = null!;

    private string Keys => TestKeys.DirectoryOf(ledger.Store);

    public async Task InitializeAsync()
    {
        ledger = await StartAsync();
        SiloOptions options = new() { KeysDirectory = Keys };
        options.Retention.File = ledger.File;
        registry = new OrganisationRegistry(
            ledger.Store, Options.Create(options), ledger.Time, new Entropy(), TestKeys.Of(ledger.Store), new NeverStops(), NullLogger<OrganisationRegistry>.Instance);
        desk = new RetentionDesk(
            ledger.Store, TestKeys.Of(ledger.Store), registry, Options.Create(options), ledger.Time, new Entropy(), NullLogger<RetentionDesk>.Instance);
        await registry.StartAsync(CancellationToken.None);
        await registry.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public async Task DisposeAsync()
    {
        await desk.StopAsync(CancellationToken.None);
        desk.Dispose();
        registry.Dispose();
        await ledger.DisposeAsync();
    }

    [Fact]
    public async Task RunningSilo_IsAskedByAFile_AndAnswersByOne()
    {
        await desk.StartAsync(CancellationToken.None);

        (await AskAsync(apply: false))!.Ending.Should().ContainSingle().Which.Decisions.Should().Be(2);
        (await TrailAsync(ledger.One)).Should().Equal("4", "2", "1");
        (await AskAsync(apply: true))!.Ending.Should().ContainSingle();
        (await TrailAsync(ledger.One)).Should().Equal("4", "2", "1 ended");
        Directory.EnumerateFiles(Keys, "retention-*").Should().BeEmpty();
    }

    [Fact]
    public async Task RulesThatAreNone_AreSaidToWhoAsks()
    {
        await desk.StartAsync(CancellationToken.None);
        ledger.Rules("""{ "class": "evaluation", "months": 1, "from": "2026-01-01", "source": "s" }""");

        await FluentActions.Awaiting(() => AskAsync(apply: true)).Should().ThrowAsync<InvalidDataException>().WithMessage("*months: 1 is less than 12*");
        (await TrailAsync(ledger.One)).Should().Equal("4", "2", "1");
    }

    [Fact]
    public async Task Request_ThatNobodyTakes_IsTakenBack()
    {
        (await AskAsync(apply: true)).Should().BeNull();
        Directory.EnumerateFiles(Keys, "retention-*").Should().BeEmpty("a silo that starts later must not destroy what was asked of another");
    }

    [Fact]
    public async Task Request_ThatTheDiskDoesNotLetGo_KeepsNobodyElseWaiting()
    {
        // A folder stands where the first request would go.
        Directory.CreateDirectory(Path.Combine(Keys, "retention-main.0.taken"));
        await File.WriteAllTextAsync(Path.Combine(Keys, "retention-main.0.request"), "look\n");
        await desk.StartAsync(CancellationToken.None);

        (await AskAsync(apply: false))!.Ending.Should().ContainSingle();
        desk.ExecuteTask!.IsCompleted.Should().BeFalse();
    }

    private async Task<RetentionFindings?> AskAsync(bool apply)
    {
        Task<RetentionFindings?> asked = Task.Run(() => RetentionDesk.AskAsync(Keys, "main", apply, ledger.Time, CancellationToken.None));
        if (desk.ExecuteTask is not null)
        {
            // The clock stands still until the request is taken: a slow machine must not look like a silo that is not there.
            await Eventually.HoldsAsync(() => asked.IsCompleted || Asked().Length > 0, () => "it is asked");
            ledger.Time.Advance(Limits.LookForKeyRequest);
            await Eventually.HoldsAsync(() => asked.IsCompleted || !Array.Exists(Asked(), file => file.EndsWith(".request", StringComparison.Ordinal)), () => "it is taken");
        }

        await Eventually.HoldsAsync(
            () =>
            {
                ledger.Time.Advance(TimeSpan.FromMilliseconds(100));
                return asked.IsCompleted;
            },
            () => "it is answered");
        return await asked;
    }

    // Of what AskAsync asked: its names are random and long; a draft is not there yet.
    private string[] Asked() => [.. Directory.EnumerateFiles(Keys, "retention-*")
        .Where(file => Path.GetFileName(file).Length > 40 && !file.EndsWith(".new", StringComparison.Ordinal))];

    private sealed class NeverStops : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
        }
    }
}
