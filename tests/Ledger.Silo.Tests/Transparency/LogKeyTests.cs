using System.Globalization;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Transparency;
using Ledger.EventStore;
using Ledger.Silo.Transparency;
using Ledger.Verification;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Ledger.Silo.Tests.Transparency;

/// <summary>A log's key is changed without a break: the history names the new one, and for a while both sign.</summary>
public sealed class LogKeyTests : IAsyncLifetime
{
    private readonly TestLog log = new();
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());

    public async Task InitializeAsync() => await log.GrowAsync(5);

    public async Task DisposeAsync() => await log.DisposeAsync();

    [Fact]
    public async Task Rotation_OfARunningLog_PassesItOnAndSignsWithBothUntilTheOverlapHasPassed()
    {
        VerifierKey old = log.KeyOf();
        await using RunningLog run = log.Start(time);
        LogKeyRotation.TryRequest(log.KeysDirectory, log.Organisation, lost: false).Should().BeTrue();
        await AdvanceUntilAsync(run, () => log.PublishedNote().Signatures.Count == 2, "both keys sign");

        VerifierKey now = log.KeyOf();
        now.Name.Should().Be(old.Name);
        now.Id.Should().NotBe(old.Id);
        log.KeyOf(".previous").Should().Be(old);
        AssertSettled();
        Note statement = await StatementAsync();
        Encoding.UTF8.GetString(statement.Text.Span).Should().MatchRegex($"^ledger-log-key/v1\n{old.Name}\n{Escaped(old)}\n{Escaped(now)}\n[0-9]+\n$");
        Signers(statement, old, now).Should().Equal(old, now);
        Signers(log.PublishedNote(), old, now).Should().Equal(now, old);

        time.Advance(TimeSpan.FromDays(29));
        await RecordAsync(run);
        Signers(log.PublishedNote(), old, now).Should().Equal(now, old);

        time.Advance(TimeSpan.FromDays(1));
        await RecordAsync(run);
        Signers(log.PublishedNote(), old, now).Should().Equal(now);
        await AdvanceUntilAsync(run, () => !File.Exists(log.KeyPath(".previous")), "a key that signs no more does not lie around, though nobody started the log again");

        await run.DisposeAsync();
        await LogAudit.AssertSoundAsync(log);
        await log.GrowAsync(1);
        run.Lines.At(LogLevel.Critical).Should().BeEmpty();
    }

    [Fact]
    public async Task Rotation_AskedForWhileTheLogIsDown_HappensAtItsNextStart()
    {
        VerifierKey old = log.KeyOf();
        LogKeyRotation.TryRequest(log.KeysDirectory, log.Organisation, lost: false);

        await log.GrowAsync(1);

        Signers(log.PublishedNote(), old, log.KeyOf()).Should().Equal(log.KeyOf(), old);
        AssertSettled();
        await LogAudit.AssertSoundAsync(log);
    }

    [Fact]
    public async Task Rotation_AgainAndAgain_KeepsOneChainOfStatements()
    {
        List<VerifierKey> keys = [log.KeyOf()];
        for (int i = 0; i < 3; i++)
        {
            LogKeyRotation.TryRequest(log.KeysDirectory, log.Organisation, lost: false);
            await log.GrowAsync(1);
            keys.Add(log.KeyOf());
            Signers(await StatementAsync(), [.. keys]).Should().Equal(keys[^2], keys[^1]);
        }

        keys.Should().OnlyHaveUniqueItems();
        await LogAudit.AssertSoundAsync(log);
    }

    [Fact]
    public async Task Rotation_InterruptedAfterTheNewKeyWasMade_TakesThatKey()
    {
        using SignerKey next = SignerKey.FromSeed(log.KeyOf().Name, KeyAlgorithm.Ed25519, [.. Enumerable.Range(1, 32).Select(i => (byte)i)]);
        await File.WriteAllTextAsync(log.KeyPath(".next"), next.ToSecretString() + "\n");
        LogKeyRotation.TryRequest(log.KeysDirectory, log.Organisation, lost: false);

        await log.GrowAsync(1);

        log.KeyOf().Should().Be(next.Verifier);
        (await RotationsAsync()).Should().ContainSingle();
        AssertSettled();
    }

    [Fact]
    public async Task Rotation_WhoseEventWasDurableButNotAnswered_HappensOnce()
    {
        VerifierKey old = log.KeyOf();
        bool failed = false;
        log.Store.AfterAppend = append =>
        {
            if (!failed && append.Events[0].Type.StartsWith("log-key-rotated", StringComparison.Ordinal))
            {
                failed = true;
                throw new EventStoreUnavailableException("the answer was lost", TimeSpan.FromSeconds(1));
            }
        };
        LogKeyRotation.TryRequest(log.KeysDirectory, log.Organisation, lost: false);

        await log.GrowAsync(1);

        failed.Should().BeTrue();
        (await RotationsAsync()).Should().ContainSingle();
        Signers(log.PublishedNote(), old, log.KeyOf()).Should().Equal(log.KeyOf(), old);
        AssertSettled();
    }

    // What the directory can look like when the process dies while it gives the keys their new places; the event is recorded by then.
    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Rotation_InterruptedWhileKeysChangePlaces_IsCompleted(bool requestIsThere, bool oldKeyIsInPlace)
    {
        string old = await File.ReadAllTextAsync(log.KeyPath());
        VerifierKey oldKey = log.KeyOf();
        LogKeyRotation.TryRequest(log.KeysDirectory, log.Organisation, lost: false);
        await log.GrowAsync(1);
        VerifierKey now = log.KeyOf();
        File.Move(log.KeyPath(), log.KeyPath(".next"));
        if (oldKeyIsInPlace)
        {
            File.Move(log.KeyPath(".previous"), log.KeyPath());
        }

        if (requestIsThere)
        {
            LogKeyRotation.TryRequest(log.KeysDirectory, log.Organisation, lost: false);
        }

        await log.GrowAsync(1);

        log.KeyOf().Should().Be(now);
        (await File.ReadAllTextAsync(log.KeyPath(".previous"))).Should().Be(old);
        Signers(log.PublishedNote(), oldKey, now).Should().Equal(now, oldKey);
        (await RotationsAsync()).Should().ContainSingle();
        AssertSettled();
        await LogAudit.AssertSoundAsync(log);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rotation_AfterTheKeyWasLostOrStolen_IsSaidByTheNewKeyAlone(bool gone)
    {
        VerifierKey old = log.KeyOf();
        if (gone)
        {
            File.Delete(log.KeyPath());
        }

        LogKeyRotation.TryRequest(log.KeysDirectory, log.Organisation, lost: true).Should().BeTrue();
        await log.GrowAsync(1);

        Signers(await StatementAsync(), old, log.KeyOf()).Should().Equal(log.KeyOf());
        Signers(log.PublishedNote(), old, log.KeyOf()).Should().Equal([log.KeyOf()], "who trusts the log must be given the new key by hand");
        File.Exists(log.KeyPath(".previous")).Should().BeFalse();
        AssertSettled();
        await LogAudit.AssertSoundAsync(log);
    }

    [Fact]
    public async Task Rotation_WithoutTheOldKey_IsRefusedUnlessItIsSaidToBeLost()
    {
        LogKeyRotation.TryRequest(log.KeysDirectory, log.Organisation, lost: false);
        File.Delete(log.KeyPath());
        await using RunningLog run = log.Start(time);

        (await run.RefusesAsync()).Should().Contain("localhost/log/main").And.Contain("say that it is lost");
        (await RotationsAsync()).Should().BeEmpty();

        LogKeyRotation.TryRequest(log.KeysDirectory, log.Organisation, lost: true);
        await AdvanceUntilAsync(run, () => File.Exists(log.KeyPath()) && log.PublishedNote().Verify([log.KeyOf()], out _) == NoteVerdict.Verified, "it goes on with a new key");
    }

    [Fact]
    public async Task Rotation_WithAKeyThatIsNotTheRegisteredOne_IsRefused()
    {
        VerifierKey registered = log.KeyOf();
        using (SignerKey stranger = SignerKey.FromSeed(registered.Name, KeyAlgorithm.Ed25519, new byte[32]))
        {
            await File.WriteAllTextAsync(log.KeyPath(), stranger.ToSecretString());
        }

        VerifierKey replaced = log.KeyOf();
        LogKeyRotation.TryRequest(log.KeysDirectory, log.Organisation, lost: false);
        await using RunningLog run = log.Start();

        (await run.RefusesAsync()).Should().Contain(replaced.ToString()).And.Contain(registered.ToString());
        (await RotationsAsync()).Should().BeEmpty("a stranger's key cannot pass the log on");
    }

    [Fact]
    public async Task Rotation_OfALogThatIsActiveTwice_HappensOnce()
    {
        await using RunningLog one = log.Start();
        await using RunningLog two = log.Start();
        for (int round = 1; round <= 5; round++)
        {
            VerifierKey old = log.KeyOf();
            LogKeyRotation.TryRequest(log.KeysDirectory, log.Organisation, lost: false);
            await one.EventuallyAsync(
                async () => !File.Exists(log.RequestPath) && File.Exists(log.KeyPath()) && !log.KeyOf().Equals(old) && (await RotationsAsync()).Count == round,
                $"round {round}: there is a new key\n{two.Lines}");
            await one.PublishesOrAsync(two, await log.RecordAsync());
            Signers(log.PublishedNote(), old, log.KeyOf()).Should().Equal(log.KeyOf(), old);
        }

        (await RotationsAsync()).Should().HaveCount(5);
        AssertSettled();
        one.Lines.At(LogLevel.Critical).Concat(two.Lines.At(LogLevel.Critical)).Should().BeEmpty();
        await one.DisposeAsync();
        await two.DisposeAsync();
        await LogAudit.AssertSoundAsync(log);
    }

    [Fact]
    public async Task Keys_AreReadableByTheirOwnerAlone()
    {
        LogKeyRotation.TryRequest(log.KeysDirectory, log.Organisation, lost: false);
        await log.GrowAsync(1);
        if (!OperatingSystem.IsWindows())
        {
            Directory.EnumerateFiles(log.KeysDirectory).Select(File.GetUnixFileMode)
                .Should().OnlyContain(m => m == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    private async Task RecordAsync(RunningLog run)
    {
        Receipt receipt = await log.RecordAsync();
        await AdvanceUntilAsync(run, () => run.Covers(receipt), "it is published");
    }

    private Task AdvanceUntilAsync(RunningLog run, Func<bool> condition, string what) =>
        run.AdvanceUntilAsync(time, TimeSpan.FromMilliseconds(200), condition, what);

    private void AssertSettled()
    {
        File.Exists(log.RequestPath).Should().BeFalse("the request is fulfilled");
        File.Exists(log.KeyPath(".next")).Should().BeFalse();
    }

    private async Task<List<LogKeyRotated>> RotationsAsync() =>
        [.. (await log.Store.EventsAsync("organisation-main"))
            .Where(e => string.Equals(e.Type, LogKeyRotated.Type, StringComparison.Ordinal))
            .Select(e => JsonSerializer.Deserialize(e.Data.Span, LogJson.Default.LogKeyRotated)!)];

    private async Task<Note> StatementAsync()
    {
        LogKeyRotated rotated = (await RotationsAsync())[^1];
        rotated.VerifierKey.Should().Be(log.KeyOf().ToString());
        return Note.TryParse(Encoding.UTF8.GetBytes(rotated.Statement), out Note? note) ? note : throw new InvalidDataException(rotated.Statement);
    }

    private static IReadOnlyList<VerifierKey> Signers(Note note, params VerifierKey[] known)
    {
        note.Verify(known, out IReadOnlyList<VerifierKey> verified).Should().Be(NoteVerdict.Verified);
        return verified;
    }

    private static string Escaped(VerifierKey key) => System.Text.RegularExpressions.Regex.Escape(string.Create(CultureInfo.InvariantCulture, $"{key}"));
}
