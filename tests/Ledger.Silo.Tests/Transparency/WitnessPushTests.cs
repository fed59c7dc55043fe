using FluentAssertions;
using Ledger.Contracts.Decisions;
using Ledger.Silo.Hosting;
using Ledger.Verification;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Ledger.Silo.Tests.Transparency;

/// <summary>A log that shows its checkpoints to a witness that listens, whatever the witness does.</summary>
public sealed class WitnessPushTests : IAsyncLifetime
{
    private readonly TestLog log = new();
    private readonly TestWitness witness;

    public WitnessPushTests() => witness = new TestWitness(log);

    public Task InitializeAsync() => witness.UpAsync();

    public async Task DisposeAsync()
    {
        await log.DisposeAsync();
        await witness.DisposeAsync();
    }

    [Fact]
    public async Task Checkpoint_WithAWitnessRequired_IsPublishedWithItsCosignature()
    {
        Require();
        await log.GrowAsync();
        await using (RunningLog run = log.Start())
        {
            for (int i = 0; i < 5; i++)
            {
                await run.PublishesAsync(await log.RecordAsync(70));
                AssertCosigned();
            }
        }

        witness.Asked.Where(a => a.Old > 0).Should().OnlyContain(a => a.Status == 200);
        log.Published()!.Head.Size.Should().Be(witness.State!.Latest.Head.Size);
        (await LogAudit.OfAsync(log)).AssertHistoryOnlyGrew();
    }

    [Fact]
    public async Task Witness_ThatRemembersAnEarlierTree_IsGivenTheProofFromThere()
    {
        Require();
        await log.GrowAsync(300);
        ulong remembered = witness.State!.Latest.Head.Size;
        witness.Asked.Clear();

        // The log itself remembers nothing: it learns from the witness where to begin.
        await log.GrowAsync(20);

        witness.Asked.First().Should().Be((0UL, remembered, 409));
        witness.Asked.Skip(1).Should().OnlyContain(a => a.Status == 200);
        witness.State.Latest.Head.Size.Should().Be(remembered + 20);
        AssertCosigned();
    }

    [Fact]
    public async Task Witness_ThatForgot_IsShownTheTreeFromTheBeginning()
    {
        Require();
        await log.GrowAsync(3);
        await using RunningLog run = log.Start();
        await run.EventuallyAsync(() => witness.Asked.Any(a => a is (4, 4, 200)), "it knows where the witness is");
        witness.State = null;

        await run.PublishesAsync(await log.RecordAsync(3));

        witness.Asked.Should().Contain(a => a.Old == 4 && a.Status == 409).And.Contain(a => a.Old == 0 && a.Size > 4 && a.Status == 200);
        AssertCosigned();
    }

    [Fact]
    public async Task Witness_ThatRefuses_KeepsTheCheckpointUnpublishedAndIsNamedToTheOperator()
    {
        Require();
        await log.GrowAsync(3);
        witness.Answer = (_, _) => Task.FromResult<IResult?>(Results.Text("inconsistent", statusCode: 422));
        await using RunningLog run = log.Start();
        Receipt held = await log.RecordAsync(3);
        await run.EventuallyAsync(() => run.Lines.At(LogLevel.Error).Any(l => l.Contains("of size 7", StringComparison.Ordinal)), "the operator is told");

        run.Lines.At(LogLevel.Error).Should().Contain(l => l.Contains(witness.Verifier.Name, StringComparison.Ordinal)
            && l.Contains("422", StringComparison.Ordinal) && l.Contains("inconsistent", StringComparison.Ordinal));
        run.Lines.At(LogLevel.Critical).Should().BeEmpty("the log itself does not stop");
        run.Progress.Signed!.Head.Size.Should().Be(7);
        log.Published()!.Head.Size.Should().Be(4);
        (await run.Progress.AwaitPublishedAsync(new(held.Commit, held.Prepare), TimeSpan.Zero, CancellationToken.None)).Should().BeFalse();
        run.Progress.Status().PublishedDelay.Should().BePositive();
        run.Progress.Status().SignedDelay.Should().Be(TimeSpan.Zero, "it is not the log that is late");

        witness.Answer = null;
        await run.PublishesAsync(held);
        AssertCosigned();
    }

    [Fact]
    public async Task Witness_ThatIsDown_IsTriedUntilItIsUpAgain()
    {
        Require();
        await log.GrowAsync(1);
        await using RunningLog run = log.Start();
        await witness.DownAsync();
        Receipt held = await log.RecordAsync(3);
        await run.EventuallyAsync(
            () => run.Progress.Signed!.Head.Size == 5 && run.Lines.At(LogLevel.Warning).Any(l => l.Contains("cannot be reached", StringComparison.Ordinal)), "it is down");
        log.Published()!.Head.Size.Should().Be(2);

        await witness.UpAsync();

        await run.PublishesAsync(held);
        AssertCosigned();
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("nothing")]
    [InlineData("another key")]
    [InlineData("another text")]
    [InlineData("no charset")]
    [InlineData("too long")]
    [InlineData("conflict without size")]
    [InlineData("conflict ahead")]
    [InlineData("redirect")]
    [InlineData("hangs up")]
    public async Task Witness_ThatAnswersNonsense_PublishesNothingAndDoesNotStopTheLog(string nonsense)
    {
        Require();
        await log.GrowAsync(3);
        TestWitness stranger = new(log, seed: 9);
        witness.Answer = (request, context) => Task.FromResult<IResult?>(nonsense switch
        {
            "garbage" => Results.Text("— not a signature\n"),
            "nothing" => Results.Text(""),
            "another key" => Results.Text(stranger.Decide(request with { OldSize = stranger.State?.Latest.Head.Size ?? 0 }).Cosignature?.Line ?? "x"),
            "another text" => Results.Text(witness.State!.Signed.Signatures[^1].Line),
            "no charset" => Results.Bytes("x"u8.ToArray(), "text/plain; charset=nonsense"),
            "too long" => Results.Text(new string('x', Limits.NoteBytes + 1)),
            "conflict without size" => Results.Text("", statusCode: 409),
            "conflict ahead" => Results.Text("999\n", statusCode: 409),
            "redirect" => Results.Redirect("ftp://elsewhere.example/"),
            _ => Abort(context),
        });
        await using RunningLog run = log.Start();
        await log.RecordAsync(3);
        await run.EventuallyAsync(
            () => witness.Asked.Count(a => a.Size == 7) >= 2 && run.Progress.Signed?.Head.Size == 7
                && run.Lines.At(LogLevel.Error).Concat(run.Lines.At(LogLevel.Warning)).Any(l => l.Contains(witness.Verifier.Name, StringComparison.Ordinal)),
            "it is asked again, and the operator is told");

        run.Progress.Status().Stopped.Should().BeNull();
        run.Lines.At(LogLevel.Critical).Should().BeEmpty();
        log.Published()!.Head.Size.Should().Be(4);
        await stranger.DisposeAsync();
    }

    [Fact]
    public async Task Witness_SlowerThanTheLog_StillCosignsWhatItWasShown()
    {
        await log.GrowAsync();
        log.Options.Log.Witnesses.Add(witness.Options);
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        witness.Answer = async (_, _) =>
        {
            asked.TrySetResult();
            await answer.Task;
            return null;
        };
        await using RunningLog run = log.Start();
        await run.PublishesAsync(await log.RecordAsync());
        await asked.Task;
        for (int i = 0; i < 3; i++)
        {
            await run.PublishesAsync(await log.RecordAsync());
        }

        // Whatever it signs now, the log is ahead of it; more comes while it signs the next.
        answer.SetResult();
        await run.EventuallyAsync(() => log.Places.Tiles.ReadCosigned() is not null, "what it signed is kept");
        run.Lines.At(LogLevel.Error).Should().BeEmpty();
        await run.EventuallyAsync(() => witness.State!.Latest.Head.Size == 5 && CosignedSize() == 5, "the newest is cosigned in the end");
        AssertCosigned();
    }

    [Fact]
    public async Task Witness_OfAnIdleLog_IsAskedForAFreshCosignature()
    {
        Require();
        await log.GrowAsync(3);
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        await using RunningLog run = log.Start(time);
        await run.EventuallyAsync(() => CosignedSize() == 4 && run.Progress.Signed is not null && witness.Asked.LastOrDefault() is (4, 4, 200), "it took up where it was");
        int before = witness.Asked.Count(a => a == (4, 4, 200));

        await run.AdvanceUntilAsync(
            time, TimeSpan.FromMinutes(1), () => witness.Asked.Count(a => a == (4, 4, 200)) > before + 1, "it is asked for the same size again");
        AssertCosigned();
    }

    private void Require()
    {
        log.Options.Log.Witnesses.Add(witness.Options);
        log.Options.Log.WitnessesRequired = 1;
    }

    private ulong? CosignedSize() => log.Places.Tiles.ReadCosigned() is { } bytes && Note.TryParse(bytes, out Note? note) && Checkpoint.TryParse(note.Text.Span, out Checkpoint? checkpoint)
        ? checkpoint.Head.Size
        : null;

    private void AssertCosigned()
    {
        log.PublishedNote().Verify([log.KeyOf()], out _).Should().Be(NoteVerdict.Verified);
        log.PublishedNote().Verify([witness.Verifier], out _).Should().Be(NoteVerdict.Verified);
        log.Places.Tiles.ReadCosigned().Should().Equal(log.Places.Tiles.ReadCheckpoint());
    }

    private static IResult Abort(HttpContext context)
    {
        context.Abort();
        return Results.Empty;
    }
}
