using FluentAssertions;
using Ledger.Contracts.Transparency;
using Ledger.EventStore;
using Ledger.Silo.Transparency;
using Ledger.Verification;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Ledger.Silo.Tests.Transparency;

/// <summary>How late a log is, and who waits for it.</summary>
public sealed class LogProgressTests
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 9, 12, 0, 0, TimeSpan.Zero));
    private readonly LogProgress progress;

    public LogProgressTests() => progress = new LogProgress(time);

    [Fact]
    public void Delay_OfALogWithNothingToSign_IsNone()
    {
        time.Advance(TimeSpan.FromHours(1));
        progress.Status().Should().Be(new LogStatus(TimeSpan.Zero, TimeSpan.Zero, null));
    }

    [Fact]
    public void Delay_IsTheAgeOfTheOldestEventThatWaits()
    {
        progress.Integrated(time.GetUtcNow());
        time.Advance(TimeSpan.FromSeconds(3));
        progress.Integrated(time.GetUtcNow());
        time.Advance(TimeSpan.FromSeconds(1));
        progress.Status().Should().Be(new LogStatus(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(4), null));

        progress.SignedNow(Signed(2));
        time.Advance(TimeSpan.FromSeconds(1));
        progress.Status().Should().Be(new LogStatus(TimeSpan.Zero, TimeSpan.FromSeconds(5), null), "signed, but shown to nobody");

        progress.Integrated(time.GetUtcNow());
        progress.SignedNow(Signed(3));
        time.Advance(TimeSpan.FromSeconds(2));
        progress.PublishedNow(Signed(2));
        progress.Status().PublishedDelay.Should().Be(TimeSpan.FromSeconds(2), "the newer one still waits for witnesses");

        progress.PublishedNow(Signed(3));
        progress.Status().Should().Be(new LogStatus(TimeSpan.Zero, TimeSpan.Zero, null));
    }

    [Fact]
    public void Delay_OfALogThatIsStopped_GrowsThoughItSeesNoEvent()
    {
        progress.StoppedNow("the key is gone");
        time.Advance(TimeSpan.FromSeconds(6));
        progress.StoppedNow("the key is gone");
        time.Advance(TimeSpan.FromSeconds(5));

        progress.Status().Should().Be(new LogStatus(TimeSpan.FromSeconds(11), TimeSpan.FromSeconds(11), "the key is gone"));
    }

    [Fact]
    public async Task Waiting_ForAPosition_EndsWhenItIsCovered()
    {
        Task<bool> covered = progress.AwaitPublishedAsync(new StorePosition(5, 5), TimeSpan.FromSeconds(10), CancellationToken.None);
        progress.PublishedNow(Signed(4));
        covered.IsCompleted.Should().BeFalse();
        progress.PublishedNow(Signed(5));
        (await covered).Should().BeTrue();
        (await progress.AwaitPublishedAsync(new StorePosition(5, 5), TimeSpan.Zero, CancellationToken.None)).Should().BeTrue();
        (await progress.AwaitPublishedAsync(new StorePosition(6, 6), TimeSpan.Zero, CancellationToken.None)).Should().BeFalse();
    }

    [Fact]
    public async Task Waiting_ForAPositionThatIsNotCoveredInTime_EndsWithNo()
    {
        Task<bool> covered = progress.AwaitPublishedAsync(new StorePosition(5, 5), TimeSpan.FromSeconds(10), CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(9));
        covered.IsCompleted.Should().BeFalse();
        time.Advance(TimeSpan.FromSeconds(1));
        (await covered).Should().BeFalse();
    }

    [Fact]
    public async Task Waiting_ThatIsGivenUp_EndsAtOnce()
    {
        using CancellationTokenSource stopping = new();
        Task<bool> covered = progress.AwaitPublishedAsync(new StorePosition(5, 5), TimeSpan.FromSeconds(10), stopping.Token);
        await stopping.CancelAsync();
        await covered.Invoking(c => c).Should().ThrowAsync<OperationCanceledException>();
    }

    private static SignedTree Signed(ulong size)
    {
        using SignerKey key = SignerKey.FromSeed("ledger.example/log/main", KeyAlgorithm.Ed25519, new byte[32]);
        TreeHead head = new(size, MerkleTree.EmptyRoot);
        byte[] text = new Checkpoint(key.Verifier.Name, head).ToText();
        return new SignedTree(head, Note.Create(text, [key.Sign(text, default)]), new StorePosition(size, size));
    }
}
