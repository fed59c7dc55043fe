using System.Text;
using FluentAssertions;
using Ledger.Tests;
using Xunit;
using Xunit.Abstractions;
using static Ledger.Verification.Tests.SampleLog;

namespace Ledger.Verification.Tests;

public sealed class WitnessTests(ITestOutputHelper output)
{
    private static readonly SampleLog Log = new();

    private static WitnessAnswer Decide(WitnessState? state, AddCheckpointRequest request, params VerifierKey[] keys) =>
        Witness.Decide(state, request, keys is [] ? [Key.Verifier] : keys, Union, Time);

    private static WitnessState After(ulong size) => Decide(null, Log.Request(0, size)).NewState!;

    [Fact]
    public void FirstCheckpoint_AtOldZeroWithoutProof_IsCosigned()
    {
        WitnessAnswer answer = Decide(null, Log.Request(0, 7));

        answer.Should().BeEquivalentTo(new { Outcome = WitnessOutcome.Signed, LatestSize = 7UL, Inconsistent = false });
        Union.Verifier.Verify(Log.Text(7), answer.Cosignature!.Signature.Span).Should().BeTrue();
        answer.NewState!.Latest.Head.Should().Be(Log.Tree.Head(7));
        answer.NewState.Signed.Verify([Key.Verifier, Union.Verifier], out IReadOnlyList<VerifierKey> verified).Should().Be(NoteVerdict.Verified);
        verified.Should().Equal([Key.Verifier, Union.Verifier], "monitors get the log's signature and the witness's");
    }

    [Fact]
    public void GrownLog_WithItsProof_IsCosigned()
    {
        WitnessAnswer answer = Decide(After(7), Log.Request(7, 300));
        answer.Outcome.Should().Be(WitnessOutcome.Signed);
        answer.LatestSize.Should().Be(300);
    }

    [Fact]
    public void IdleLog_AskingAgain_GetsAFreshTime()
    {
        WitnessAnswer answer = Witness.Decide(After(7), Log.Request(7, 7), [Key.Verifier], Union, Time.AddDays(1));
        answer.Outcome.Should().Be(WitnessOutcome.Signed);
        VerifierKey.TryReadTime(answer.Cosignature!.Signature.Span, out long time).Should().BeTrue();
        time.Should().Be(Time.AddDays(1).ToUnixTimeSeconds());
        answer.NewState!.Signed.Signatures.Should().HaveCount(2, "the new cosignature takes the old one's place");
    }

    [Fact]
    public void EmptyLog_WithTheEmptyRoot_IsCosigned_AndMayGrow()
    {
        WitnessAnswer answer = Decide(null, Log.Request(0, 0));
        answer.Outcome.Should().Be(WitnessOutcome.Signed);
        Decide(answer.NewState, Log.Request(0, 5)).Outcome.Should().Be(WitnessOutcome.Signed);
    }

    [Fact]
    public void EmptyLog_WithAnotherRoot_Is422AndCaught()
    {
        byte[] text = new Checkpoint(Origin, Log.Tree.Head(3) with { Size = 0 }).ToText();
        WitnessAnswer answer = Decide(null, new AddCheckpointRequest(0, [], Sign(text, Key)));
        answer.Should().BeEquivalentTo(new { Outcome = WitnessOutcome.Unprocessable, Inconsistent = true });
    }

    [Fact]
    public void NoteThatIsNoCheckpoint_Is400() =>
        Decide(null, new AddCheckpointRequest(0, [], Sign(Bytes("hello\n"), Key))).Outcome.Should().Be(WitnessOutcome.Malformed);

    [Fact]
    public void OldGreaterThanNew_Is400() => Decide(After(7), Log.Request(7, 6)).Outcome.Should().Be(WitnessOutcome.Malformed);

    [Fact]
    public void UnknownOrigin_Is404() =>
        Witness.Decide(null, Log.Request(0, 7), [], Union, Time).Outcome.Should().Be(WitnessOutcome.UnknownOrigin);

    [Fact]
    public void CheckpointOfNoKnownKey_Is403() => Decide(null, Log.Request(0, 7, Stranger)).Outcome.Should().Be(WitnessOutcome.Forbidden);

    [Fact]
    public void CheckpointWithOneFalseSignatureOfAKnownKey_Is403()
    {
        Note note = Note.Create(Log.Text(7), [Key.Sign(Log.Text(7), Time), OlderKey.Sign(Log.Text(8), Time)]);
        AddCheckpointRequest request = new(0, [], note);
        Decide(null, request, Key.Verifier, OlderKey.Verifier).Outcome.Should().Be(WitnessOutcome.Forbidden);
        Decide(null, request).Outcome.Should().Be(WitnessOutcome.Signed, "a key that nobody told the witness of is ignored");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    [InlineData(8)]
    public void OldThatIsNotTheLatest_Is409WithTheLatest(ulong old)
    {
        WitnessAnswer answer = Decide(After(7), Log.Request(old, 9));
        answer.Should().BeEquivalentTo(new { Outcome = WitnessOutcome.Conflict, LatestSize = 7UL, Inconsistent = false });
        answer.NewState.Should().BeNull();
        answer.Cosignature.Should().BeNull();
    }

    [Fact]
    public void OldOfALogNeverSeen_Is409WithZero() =>
        Decide(null, Log.Request(7, 9)).Should().BeEquivalentTo(new { Outcome = WitnessOutcome.Conflict, LatestSize = 0UL });

    [Fact]
    public void ProofAtOldZero_Is422() =>
        Decide(null, Log.Request(0, 7) with { Proof = [MerkleTree.EmptyRoot] }).Should()
            .BeEquivalentTo(new { Outcome = WitnessOutcome.Unprocessable, Inconsistent = false }, "a bad proof anyone can send");

    [Fact]
    public void ProofThatFails_Is422()
    {
        AddCheckpointRequest request = Log.Request(7, 9);
        Decide(After(7), request with { Proof = [.. request.Proof.Skip(1)] }).Outcome.Should().Be(WitnessOutcome.Unprocessable);
        Decide(After(7), request with { Proof = [] }).Outcome.Should().Be(WitnessOutcome.Unprocessable);
        Decide(After(7), Log.Request(7, 7) with { Proof = [MerkleTree.EmptyRoot] }).Outcome.Should().Be(WitnessOutcome.Unprocessable);
    }

    [Fact]
    public void SameSizeWithAnotherRoot_Is422AndCaught()
    {
        SampleLog fork = new(forkedFrom: 5);
        WitnessAnswer answer = Decide(After(7), new AddCheckpointRequest(7, [], fork.Checkpoint(7)));
        answer.Should().BeEquivalentTo(new { Outcome = WitnessOutcome.Unprocessable, Inconsistent = true, LatestSize = 7UL });
        Decide(After(7), new AddCheckpointRequest(3, [], fork.Checkpoint(7)))
            .Should().BeEquivalentTo(new { Outcome = WitnessOutcome.Conflict, Inconsistent = true }, "caught is caught, whatever the old size says");
        Decide(After(7), new AddCheckpointRequest(7, [], fork.Checkpoint(7, Stranger)))
            .Should().BeEquivalentTo(new { Outcome = WitnessOutcome.Forbidden, Inconsistent = false }, "a stranger's signature catches nobody");
    }

    [Fact]
    public void State_KeepsNoSignatureThatWasNotVerified()
    {
        Note note = Log.Checkpoint(7, Stranger, Key, Works).With([]);
        Note twice = Note.Create(note.Text.Span, [.. note.Signatures, .. note.Signatures]);
        WitnessState state = Decide(null, new AddCheckpointRequest(0, [], twice)).NewState!;
        state.Signed.Signatures.Select(signature => signature.Name).Should().Equal(Origin, Union.Verifier.Name);
    }

    [Fact]
    public void State_OfAnotherOrigin_IsAMistakeOfTheCaller()
    {
        FluentActions.Invoking(() => Decide(After(7), new SampleLog("other.example").Request(0, 7))).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Witness.Decide(null, Log.Request(0, 7), [Key.Verifier], Key, Time)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void State_Written_IsReadAgain()
    {
        WitnessState state = After(7);
        WitnessState.TryParse(state.ToArray(), out WitnessState? read).Should().BeTrue();
        read!.Latest.Should().Be(state.Latest);
        read.ToArray().Should().Equal(state.ToArray());
        WitnessState.TryParse(state.ToArray().AsMemory(1), out _).Should().BeFalse();
        WitnessState.TryParse(Bytes("ledger-witness-state/v1\nhello\n\n— name AAAAAAA=\n"), out _).Should().BeFalse();
    }

    [Fact]
    public void WorkedExample_OfAStateInTheDocumentation_IsByteForByteWhatIsWritten() =>
        Repository.Read("docs", "formats", "witness-state.md").Should().Contain($"```text\n{Encoding.UTF8.GetString(After(7).ToArray())}```");

    [Fact]
    public void Requests_OfAnyKindInAnyOrder_NeverMakeItSignBackwardsOrTwoRootsOfOneSizeOrTwoForks()
    {
        Random random = Seed.New(output);
        long signed = 0;
        long refused = 0;
        for (int run = 0; run < 200; run++)
        {
            int forkAt = random.Next(1, 40);
            SampleLog[] forks = [new(), new(forkedFrom: (ulong)forkAt), new(forkedFrom: (ulong)random.Next(1, 40))];
            WitnessState? state = null;
            Dictionary<ulong, TreeHash> roots = [];
            ulong latest = 0;
            for (int step = 0; step < 60; step++)
            {
                SampleLog log = forks[random.Next(forks.Length)];
                AddCheckpointRequest request = RandomRequest(log, latest, random);
                AddCheckpointRequest.TryParse(request.ToArray(), out AddCheckpointRequest? read).Should().BeTrue();
                WitnessAnswer answer = Witness.Decide(state, read!, [Key.Verifier], Union, Time.AddSeconds(step));
                answer.Inconsistent.Should().Be(
                    answer.Outcome != WitnessOutcome.Signed && IsForkOf(read!.Checkpoint, state), "it tells when the log is caught, and only then");
                if (answer.Outcome != WitnessOutcome.Signed)
                {
                    (answer.NewState, answer.Cosignature).Should().Be((null, null));
                    answer.LatestSize.Should().Be(latest);
                    refused++;
                    continue;
                }

                signed++;
                WitnessState.TryParse(answer.NewState!.ToArray(), out state).Should().BeTrue();
                TreeHead head = state!.Latest.Head;
                head.Size.Should().BeGreaterThanOrEqualTo(latest);
                roots.TryAdd(head.Size, head.Root);
                roots[head.Size].Should().Be(head.Root, "one size has one root");
                latest = head.Size;
                roots.All(root => log.Tree.Head(root.Key).Root == root.Value).Should().BeTrue("all it ever signed is a beginning of what it signs now");
            }
        }

        output.WriteLine($"{signed} signed, {refused} refused");
        signed.Should().BeGreaterThan(500);
        refused.Should().BeGreaterThan(500);
    }

    private static bool IsForkOf(Note note, WitnessState? state) =>
        Checkpoint.TryParse(note.Text.Span, out Checkpoint? checkpoint)
        && note.Verify([Key.Verifier], out _) == NoteVerdict.Verified
        && ((checkpoint.Head.Size == 0 && checkpoint.Head.Root != MerkleTree.EmptyRoot)
            || (state is not null && checkpoint.Head.Size == state.Latest.Head.Size && checkpoint.Head.Root != state.Latest.Head.Root));

    private static AddCheckpointRequest RandomRequest(SampleLog log, ulong latest, Random random)
    {
        ulong size = random.Next(4) == 0 ? random.Below(60) : latest + random.Below(3);
        ulong old = random.Next(4) == 0 ? random.Below(60) : latest;
        AddCheckpointRequest request = log.Request(old, size, random.Next(12) == 0 ? [Stranger] : [Key]);
        return random.Next(12) switch
        {
            0 => request with { Proof = [.. request.Proof, new TreeHash(random.Bytes(32))] },
            1 => request with { Proof = [.. request.Proof.Skip(1)] },
            2 when latest > 0 => request with { Checkpoint = Sign(new Checkpoint(Origin, new TreeHead(size, new TreeHash(random.Bytes(32)))).ToText(), Key) },
            3 => request with { Checkpoint = Note.Create(log.Text(size), [Key.Sign(log.Text(size + 1), Time)]) },
            4 => request with { Checkpoint = Sign(Encoding.UTF8.GetBytes("not a checkpoint\n"), Key) },
            _ => request,
        };
    }
}
