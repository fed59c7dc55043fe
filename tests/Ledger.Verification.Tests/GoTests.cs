using System.Diagnostics;
using System.Globalization;
using System.Text;
using FluentAssertions;
using Ledger.Tests;
using Xunit;
using Xunit.Abstractions;
using static Ledger.Verification.Tests.SampleLog;

namespace Ledger.Verification.Tests;

/// <summary>What is made here is checked by Go's <c>golang.org/x/mod/sumdb</c>, and the other way round. See <c>Go/interop.go</c> for the claims.</summary>
public sealed class GoTests(ITestOutputHelper output) : IDisposable
{
    private const string Packages = "/usr/share/gocode";

    private static readonly ulong[] Sizes = [1, 2, 3, 4, 5, 7, 8, 100, 255, 256, 257, 511, 512, 1000, 4095, 4097, 65_535, 65_536, 65_537, 66_049, 70_000];

    private readonly string _directory = Directory.CreateTempSubdirectory("ledger-go-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [SkippableFact]
    public void OurTilesProofsNotesAndKeys_CheckedByGo_Hold()
    {
        string interop = Build();
        Random random = Seed.New(output);
        TreeBuilder builder = new();
        List<string> claims = [.. KeyAndNoteClaims()];
        List<TreeHead> heads = [];
        foreach (ulong size in Sizes)
        {
            Grow(builder, size);
            TreeHead head = builder.Head;
            heads.Add(head);
            claims.Add($"root {size} {head.Root}");
            foreach (ulong index in (ulong[])[0, size - 1, random.Below(size), random.Below(size), random.Below(size)])
            {
                InclusionProof.TryProve(index, size, Read, out TreeHash[] proof).Should().BeTrue();
                claims.Add($"record {size} {head.Root} {index} {Leaf(index)} {List(proof)}");
            }

            foreach (TreeHead older in heads)
            {
                ConsistencyProof.TryProve(older.Size, size, Read, out TreeHash[] proof).Should().BeTrue();
                claims.Add($"tree {size} {head.Root} {older.Size} {older.Root} {List(proof)}");
            }
        }

        foreach (TileId tile in (TileId[])[new(0, 0, 256), new(0, 1234067, 256), new(3, 999, 7), new(63, 1_000_000, 255)])
        {
            claims.Add($"path {tile.Level} {tile.Index} {tile.Width} {tile.Path}");
        }

        File.WriteAllText(Path.Combine(_directory, "claims"), string.Concat(claims.Select(claim => claim + "\n")));
        Run(interop, "check", _directory).Trim().Should().Be(claims.Count.ToString(CultureInfo.InvariantCulture), "Go checked every claim");
    }

    [SkippableFact]
    public void TilesProofsNotesAndKeysMadeByGo_CheckedByUs_Hold()
    {
        string interop = Build();
        Run(interop, ["make", _directory, .. Sizes.Select(size => size.ToString(CultureInfo.InvariantCulture))]);
        string[] claims = File.ReadAllLines(Path.Combine(_directory, "claims"));

        claims.Should().HaveCountGreaterThan(300);
        claims.Where(claim => !Holds(claim.Split(' '))).Should().BeEmpty();
        TreeBuilder builder = new();
        Grow(builder, 70_000, (id, bytes) => File.ReadAllBytes(PathOf(id)).AsSpan().SequenceEqual(bytes).Should().BeTrue($"{id.Path} is the same file"));
    }

    private static IEnumerable<string> KeyAndNoteClaims()
    {
        SampleLog log = new();
        byte[] text = log.Text(7);
        Note signed = Sign(text, Key, Union, Stranger);
        byte[] flipped = signed.ToArray();
        flipped[0] ^= 1;
        yield return $"key {Key.Verifier}";
        yield return $"signer {Key.ToSecretString()} {Key.Verifier}";
        yield return $"note {Key.Verifier} {Convert.ToBase64String(signed.ToArray())}";
        yield return $"note {Stranger.Verifier} {Convert.ToBase64String(signed.ToArray())}";
        yield return $"cosigned {Union.Verifier} {Convert.ToBase64String(signed.ToArray())}";
        yield return $"cosigned {Union.Verifier} {Convert.ToBase64String(Witness.Decide(null, log.Request(0, 7), [Key.Verifier], Union, Time).NewState!.Signed.ToArray())}";
        yield return $"note {Key.Verifier} {Convert.ToBase64String(Sign(Bytes("été\n\nin lines — with a dash\n"), Key).ToArray())}";
        yield return $"notnote {OlderKey.Verifier} {Convert.ToBase64String(signed.ToArray())}";
        yield return $"notnote {Key.Verifier} {Convert.ToBase64String(flipped)}";
    }

    private bool Holds(string[] claim)
    {
        switch (claim[0])
        {
            case "key":
                return VerifierKey.TryParse(claim[1], out VerifierKey? key) && key.ToString() == claim[1];
            case "signer":
                bool parsed = SignerKey.TryParse(claim[1], out SignerKey? signer);
                using (SignerKey? own = signer)
                {
                    return parsed && own!.Verifier.ToString() == claim[2] && own.ToSecretString() == claim[1];
                }

            case "note":
                byte[] bytes = Convert.FromBase64String(claim[2]);
                return VerifierKey.TryParse(claim[1], out VerifierKey? verifier) && Note.TryParse(bytes, out Note? note)
                    && note.Verify([verifier], out _) == NoteVerdict.Verified && note.ToArray().AsSpan().SequenceEqual(bytes)
                    && Checkpoint.TryParse(note.Text.Span, out Checkpoint? checkpoint) && checkpoint.ToText().AsSpan().SequenceEqual(note.Text.Span);
            case "root":
                return TreeBuilder.TryResume(Number(claim[1]), Read, out TreeBuilder builder, out _) && builder.Root() == Hash(claim[2]);
            case "record":
                (ulong size, ulong index) = (Number(claim[1]), Number(claim[3]));
                return InclusionProof.Check(Hash(claim[4]), index, new TreeHead(size, Hash(claim[2])), Hashes(claim[5]))
                    && Hash(claim[4]) == Leaf(index)
                    && InclusionProof.TryProve(index, size, Read, out TreeHash[] inclusion) && List(inclusion) == claim[5];
            case "tree":
                (TreeHead newer, TreeHead older) = (new(Number(claim[1]), Hash(claim[2])), new(Number(claim[3]), Hash(claim[4])));
                return ConsistencyProof.Check(older, newer, Hashes(claim[5]))
                    && ConsistencyProof.TryProve(older.Size, newer.Size, Read, out TreeHash[] consistency) && List(consistency) == claim[5];
            default:
                return false;
        }
    }

    private void Grow(TreeBuilder builder, ulong size, Action<TileId, byte[]>? check = null)
    {
        while (builder.Size < size)
        {
            builder.Append(Leaf(builder.Size));
            while (builder.TryTakeFullTile(out TileId id, out byte[] bytes))
            {
                (check ?? Write)(id, bytes);
            }
        }

        foreach ((TileId id, byte[] bytes) in builder.PartialTiles())
        {
            (check ?? Write)(id, bytes);
        }
    }

    private ReadOnlyMemory<byte>? Read(TileId id) => File.Exists(PathOf(id)) ? File.ReadAllBytes(PathOf(id)) : null;

    private void Write(TileId id, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(id))!);
        File.WriteAllBytes(PathOf(id), bytes);
    }

    private string PathOf(TileId id) => Path.Combine([_directory, .. id.Path.Split('/')]);

    private static TreeHash Leaf(ulong index) => MerkleTree.HashLeaf(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"entry {index}")));

    private static string List(TreeHash[] hashes) => hashes.Length == 0 ? "-" : string.Join(',', hashes.Select(hash => hash.ToString()));

    private static TreeHash[] Hashes(string list) => list == "-" ? [] : [.. list.Split(',').Select(Hash)];

    private static TreeHash Hash(string text) => TreeHash.TryParse(text, out TreeHash hash) ? hash : throw new FormatException(text);

    private static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);

    private string Build()
    {
        Skip.IfNot(
            Repository.Has("go") && Directory.Exists(Path.Combine(Packages, "src", "golang.org", "x", "mod")),
            "Go or its package x/mod is not installed (apt-get install golang-go golang-golang-x-mod-dev).");
        string program = Path.Combine(_directory, "interop");
        Run("go", "build", "-o", program, Repository.PathOf("tests", "Ledger.Verification.Tests", "Go", "interop.go"));
        return program;
    }

    private string Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = _directory, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["GOPATH"] = Packages;
        start.Environment["GO111MODULE"] = "off";
        start.Environment["GOFLAGS"] = "";
        start.Environment.TryAdd("HOME", _directory);
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.Should().Be(0, $"{program} says: {error.GetAwaiter().GetResult()}");
        return text;
    }
}
