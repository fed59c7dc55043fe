using FluentAssertions;
using Ledger.Contracts.Decisions;
using Ledger.EventStore;
using Ledger.Silo.Tests.Hosting;
using Ledger.Verification;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Ledger.Silo.Tests.Transparency;

/// <summary>What a log finds changed it does not sign over; it says what, where and why, and leaves everything as it is.</summary>
public sealed class LogRefusalTests : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly TestLog log = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await log.DisposeAsync();

    [Theory]
    [InlineData("tile/0/001.p/45")]
    [InlineData("tile/1/000.p/1")]
    public async Task Tile_AtTheEdgeWithOneByteChanged_IsNotSignedOver(string path)
    {
        await log.GrowAsync(300);
        Flip(path, at: 5);

        string reason = await RefusesAsync();

        reason.Should().Contain(path).And.Contain(log.Places.Tiles.Directory).And.Contain("301").And.Contain(log.Published()!.Head.Root.ToString());
    }

    [Theory]
    [InlineData("tile/0/001.p/45")]
    [InlineData("tile/1/000.p/1")]
    [InlineData("tile/entries/001.p/45")]
    public async Task Tile_AtTheEdgeThatIsGone_IsNotGuessed(string path)
    {
        await log.GrowAsync(300);
        File.Delete(log.PathOf(path));

        (await RefusesAsync()).Should().Contain(path).And.Contain("missing or malformed").And.Contain("move that folder away");
    }

    [Fact]
    public async Task Entries_AtTheEdgeMalformed_AreNotWrittenOn()
    {
        await log.GrowAsync(10);
        await File.AppendAllTextAsync(log.PathOf("tile/entries/000.p/11"), "x");

        (await RefusesAsync()).Should().Contain("tile/entries/000.p/11").And.Contain("missing or malformed");
    }

    [Fact]
    public async Task Entries_AtTheEdgeThatAreNotThoseOfTheLeaves_AreNotWrittenOn()
    {
        await log.GrowAsync(10);
        Flip("tile/entries/000.p/11", at: 40);

        (await RefusesAsync()).Should().Contain("tile/entries/000.p/11");
    }

    [Fact]
    public async Task Store_OlderThanWhatIsPublished_IsNotSignedOver()
    {
        await log.GrowAsync(10);
        int backup = (await log.Store.AllEventsAsync()).Count;
        await log.GrowAsync(10);
        await using TestStore newer = log.Store;
        log.Store = await newer.RestoreAsync(backup);
        // The ledger has been written on since, so that even the sizes could fit.
        await log.RecordAsync(count: 40, worker: 7);

        (await RefusesAsync()).Should().Contain("size 21").And.Contain("size 11").And.Contain("older than what others have seen").And.Contain("Restore the newest backup");
    }

    [Fact]
    public async Task Store_WithoutAnyCheckpointUnderAPublishedOne_IsNotSignedFor()
    {
        await log.GrowAsync(10);
        await using TestStore lost = log.Store;
        // Its key's registration is the first event: all that is left.
        log.Store = await lost.RestoreAsync(1);

        (await RefusesAsync()).Should().Contain("size 11").And.Contain("the store has none");
    }

    [Fact]
    public async Task Checkpoint_OfAnotherTree_ForbidsToSign()
    {
        await log.GrowAsync(10);
        Publish(new TreeHead(11, MerkleTree.HashLeaf("forged"u8)));
        (await RefusesAsync()).Should().Contain("size 11").And.Contain("two histories");

        Publish(new TreeHead(7, MerkleTree.HashLeaf("forged"u8)));
        (await RefusesAsync()).Should().Contain("size 7").And.Contain("two histories");
    }

    [Fact]
    public async Task Checkpoint_OfAnotherTree_ForbidsToSignAlsoWhenTheTilesAreGone()
    {
        await log.GrowAsync(10);
        Publish(new TreeHead(7, MerkleTree.HashLeaf("forged"u8)));
        Directory.Delete(log.PathOf("tile"), recursive: true);

        (await RefusesAsync()).Should().Contain("size 7").And.Contain("two histories");
    }

    [Fact]
    public async Task Checkpoint_SignedByAStranger_ForbidsToSign()
    {
        await log.GrowAsync(10);
        using SignerKey stranger = SignerKey.FromSeed("localhost/log/main", KeyAlgorithm.Ed25519, new byte[32]);
        byte[] text = new Checkpoint("localhost/log/main", log.Published()!.Head).ToText();
        await File.WriteAllBytesAsync(log.PathOf("checkpoint"), Note.Create(text, [stranger.Sign(text, default)]).ToArray());
        (await RefusesAsync()).Should().Contain(log.PathOf("checkpoint")).And.Contain("not signed by a key of this log");

        await File.WriteAllTextAsync(log.PathOf("checkpoint"), "no note at all");
        (await RefusesAsync()).Should().Contain(log.PathOf("checkpoint")).And.Contain("not signed by a key of this log");
    }

    [Fact]
    public async Task Key_ThatWasReplaced_IsNotSignedWith()
    {
        await log.GrowAsync(10);
        VerifierKey registered = log.KeyOf();
        await ReplaceKeyAsync();

        (await RefusesAsync()).Should().Contain(log.KeyOf().ToString()).And.Contain(registered.ToString()).And.Contain("from a backup");
    }

    [Fact]
    public async Task Key_ThatIsGone_IsNotMadeAnew()
    {
        await log.GrowAsync(10);
        File.Delete(log.KeyPath());

        (await RefusesAsync()).Should().Contain("localhost/log/main").And.Contain("missing").And.Contain("from a backup");
        File.Exists(log.KeyPath()).Should().BeFalse();
    }

    [Fact]
    public async Task Key_ThatIsNoKey_IsNamed()
    {
        await log.GrowAsync(10);
        await File.WriteAllTextAsync(log.KeyPath(), "PRIVATE+KEY+nonsense");

        (await RefusesAsync()).Should().Contain(log.KeyPath()).And.NotContain("nonsense");
    }

    [Fact]
    public async Task Event_WithoutSalts_IsNoLeafAndIsNotPassedOver()
    {
        await log.GrowAsync(10);
        const string Stream = "worker-main-ffffffffffffffffffffffffffffffff";
        await log.Store.AppendElsewhereAsync(new StreamAppend(
            Stream, Revisions.NoStream, [new NewEvent(Guid.Parse("00000000-0000-4000-8000-00000000abcd"), "decision-recorded.v1", "{}"u8.ToArray(), "{}"u8.ToArray())]));

        (await RefusesAsync()).Should().Contain("Event 0").And.Contain(Stream).And.Contain("no salts");
    }

    [Fact]
    public async Task Tiles_ThatAreGone_AreMadeAgainFromTheStoreExactlyAsTheyWere()
    {
        await log.GrowAsync(10, 250, 40);
        Dictionary<string, byte[]> before = TileFiles();
        Directory.Move(log.Places.Tiles.Directory, log.Places.Tiles.Directory + ".away");

        await using (RunningLog run = log.Start())
        {
            await run.EventuallyAsync(() => log.Published() is not null, "it is published again");
        }

        // Partial tiles of sizes before the last are cut from a wider one.
        TileFiles().Where(f => !before[f.Key].AsSpan().SequenceEqual(f.Value)).Should().BeEmpty();
        await LogAudit.AssertSoundAsync(log);
        await log.GrowAsync(5);
        await LogAudit.AssertSoundAsync(log);
    }

    [Theory]
    [InlineData("an event changed")]
    [InlineData("two events exchanged")]
    public async Task Tiles_ThatAreGone_AreNotMadeFromAStoreThatWasEdited(string forgery)
    {
        await log.GrowAsync(10, 250, 40);
        byte[] published = log.Places.Tiles.ReadCheckpoint()!;
        Directory.Move(log.PathOf("tile"), log.PathOf("tile") + ".away");
        List<RecordedEvent> events = await log.Store.EventsAsync("worker-main-00000000000000000000000000000000");
        log.Store.Forgery = stored => stored.Id != events[5].Id && stored.Id != events[6].Id ? stored
            : forgery.StartsWith("two", StringComparison.Ordinal) ? stored.Id == events[5].Id ? events[6] : events[5]
            : stored.Id == events[5].Id ? stored with { Data = "{\"forged\":true}"u8.ToArray() } : stored;

        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        await using RunningLog run = log.Start(time);
        (await run.RefusesAsync()).Should().Contain("an event was changed, removed, inserted or moved").And.Contain("size 301").And.Contain(log.Published()!.Head.Root.ToString());
        log.Places.Tiles.ReadCheckpoint().Should().Equal(published);

        // Looked at again it is the same; once the event is put right the log goes on by itself.
        await run.AdvanceUntilAsync(time, Second, () => run.Lines.At(LogLevel.Critical).Count() == 2, "it looks again");
        run.Progress.Status().Stopped.Should().Contain("an event was changed, removed, inserted or moved");
        log.Store.Forgery = null;
        await run.AdvanceUntilAsync(time, Second, () => run.Progress.Status().Stopped is null && run.Progress.Signed is not null, "it goes on");
        await run.DisposeAsync();
        await LogAudit.AssertSoundAsync(log);
    }

    [Fact]
    public async Task Tiles_OfWhichOnlyTheEdgeIsGone_AreEvidenceAndNotWrittenOver()
    {
        await log.GrowAsync(255);
        File.Delete(log.PathOf("tile/1/000.p/1"));
        byte[] evidence = await File.ReadAllBytesAsync(log.PathOf("tile/0/000"));
        List<RecordedEvent> events = await log.Store.EventsAsync("worker-main-00000000000000000000000000000000");
        log.Store.Forgery = stored => stored.Id == events[5].Id ? stored with { Data = "{\"forged\":true}"u8.ToArray() } : stored;

        (await RefusesAsync()).Should().Contain("tile/1/000.p/1");
        (await File.ReadAllBytesAsync(log.PathOf("tile/0/000"))).Should().Equal(evidence);
    }

    [Fact]
    public async Task Log_ThatStopped_GoesOnByItselfOnceItIsMended()
    {
        await log.GrowAsync(10);
        byte[] key = await File.ReadAllBytesAsync(log.KeyPath());
        File.Delete(log.KeyPath());
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        await using RunningLog run = log.Start(time);
        await run.RefusesAsync();
        Receipt receipt = await log.RecordAsync(3);

        time.Advance(log.Options.Log.MaximumDelay + Second);
        run.Progress.Status().SignedDelay.Should().BeGreaterThan(log.Options.Log.MaximumDelay, "intake must know, though the log sees no event");

        await File.WriteAllBytesAsync(log.KeyPath(), key);

        await run.AdvanceUntilAsync(time, Second / 10, () => run.Covers(receipt), "it goes on");
        run.Progress.Status().Stopped.Should().BeNull();
        run.Progress.Status().SignedDelay.Should().Be(TimeSpan.Zero);
        await run.DisposeAsync();
        await LogAudit.AssertSoundAsync(log);
    }

    /// <summary>Starts the log, waits until it refuses, and sees that it signed nothing, not even what comes later, and showed nothing.</summary>
    private async Task<string> RefusesAsync()
    {
        byte[]? published = log.Places.Tiles.ReadCheckpoint();
        int signed = (await log.Store.EventsAsync("checkpoint-main")).Count;
        string reason;
        await using (RunningLog run = log.Start())
        {
            reason = await run.RefusesAsync();
            await log.RecordAsync(worker: 9);
            run.Lines.At(LogLevel.Critical).Should().Contain(l => l.Contains(reason, StringComparison.Ordinal), "the operator is told");
        }

        (await log.Store.EventsAsync("checkpoint-main")).Should().HaveCount(signed);
        log.Places.Tiles.ReadCheckpoint().Should().Equal(published);
        return reason;
    }

    private void Flip(string path, int at)
    {
        byte[] bytes = File.ReadAllBytes(log.PathOf(path));
        bytes[at] ^= 1;
        File.WriteAllBytes(log.PathOf(path), bytes);
    }

    private void Publish(TreeHead head)
    {
        SignerKey.TryParse(File.ReadAllText(log.KeyPath()).Trim(), out SignerKey? key).Should().BeTrue();
        byte[] text = new Checkpoint("localhost/log/main", head).ToText();
        File.WriteAllBytes(log.PathOf("checkpoint"), Note.Create(text, [key!.Sign(text, default)]).ToArray());
    }

    private async Task ReplaceKeyAsync()
    {
        using SignerKey stranger = SignerKey.FromSeed("localhost/log/main", KeyAlgorithm.Ed25519, new byte[32]);
        await File.WriteAllTextAsync(log.KeyPath(), stranger.ToSecretString());
    }

    private Dictionary<string, byte[]> TileFiles() => Directory.EnumerateFiles(log.PathOf("tile"), "*", SearchOption.AllDirectories)
        .ToDictionary(f => Path.GetRelativePath(log.PathOf("tile"), f), File.ReadAllBytes, StringComparer.Ordinal);
}
