using System.Buffers;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Xunit;
using Xunit.Abstractions;
using static Ledger.Verification.Tests.SampleLog;

namespace Ledger.Verification.Tests;

/// <summary>Every parser, on a million inputs that are nearly right: none throws, and what one accepts it writes again byte for byte.</summary>
public sealed class ParserTests(ITestOutputHelper output)
{
    private static readonly SampleLog Log = new();

    private static readonly Subject[] Subjects =
    [
        new("tree hash", 80_000, [Log.Tree.Head(7).Root.ToString(), new TreeHash(new byte[32]).ToString()], static bytes => TreeHash.TryParse(bytes, out TreeHash hash) ? Utf8(hash.ToString()) : null),
        new("tree hash, characters", 80_000, [Log.Tree.Head(7).Root.ToString()], static bytes => TreeHash.TryParse(Chars(bytes), out TreeHash hash) ? Utf16(hash.ToString()) : null, Wide: true),
        new("tile path", 150_000, ["tile/0/x001/x234/067", "tile/63/000.p/7", "tile/entries/x018/x446/x744/x073/x709/x551/615.p/255"], static bytes => TileId.TryParse(Chars(bytes), out TileId tile) ? Utf16(tile.Path) : null, Wide: true),
        new("verifier key", 120_000, [Key.Verifier.ToString(), Union.Verifier.ToString(), SignerOf("é😀", KeyAlgorithm.Ed25519, 7).Verifier.ToString()], static bytes => VerifierKey.TryParse(Chars(bytes), out VerifierKey? key) ? Utf16(key.ToString()) : null, Wide: true),
        new("signer key", 60_000, [Key.ToSecretString(), Union.ToSecretString()], Signer, Wide: true),
        new("entry bundle", 60_000, [Latin1([0, 3, 1, 2, 3, 0, 0, 0, 2, 9, 9])], static bytes => EntryBundle.TryParse(bytes, 3, out EntryBundle bundle) ? Bundle(bundle) : null),
        new("signature lines", 60_000, [Key.Sign(Log.Text(7), Time).Line + Union.Sign(Log.Text(7), Time).Line], static bytes => NoteSignature.TryParseLines(bytes, out IReadOnlyList<NoteSignature> lines) ? Utf8(string.Concat(lines.Select(line => line.Line))) : null),
        new("note", 80_000, [Text(Log.Checkpoint(7, Key, Union).ToArray()), "a\n\nb — été\n\n— n AAAAAAA=\n"], static bytes => Note.TryParse(bytes, out Note? note) ? note.ToArray() : null),
        new("checkpoint", 80_000, [Text(Log.Text(7)), "o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nextension\n"], static bytes => Checkpoint.TryParse(bytes, out Checkpoint? checkpoint) ? checkpoint.ToText() : null),
        new("add-checkpoint", 60_000, [Text(Log.Request(5, 20).ToArray()), Text(Log.Request(0, 3).ToArray())], static bytes => AddCheckpointRequest.TryParse(bytes, out AddCheckpointRequest? request) ? request.ToArray() : null),
        new("tlog-proof", 60_000, [Text(Proof(null)), Text(Proof(new byte[] { 1, 2, 3, 4 }))], static bytes => TlogProof.TryParse(bytes, out TlogProof? proof) ? proof.ToArray() : null),
        new("witness state", 40_000, [Text(Witness.Decide(null, Log.Request(0, 7), [Key.Verifier], Union, Time).NewState!.ToArray())], static bytes => WitnessState.TryParse(bytes, out WitnessState? state) ? state.ToArray() : null),
        new("evidence file", 50_000, [Text(new SampleEvidence(2).File()), Text(new SampleEvidence(2, ["outcome", "reviewReason"]).File())], Evidence),
        new("disclosure", 100_000, [.. SealedPage.Disclosures.Select(d => d.Text)], DisclosureText),
        new("sealed data", 50_000, [Text(SealedPage.Data.ToArray())], SealedData),
        new("salts", 60_000, [Text(SampleEvidence.EventAt(1).Metadata.ToArray()), """{"a":[{"salt":1},null,1e9],"nextSalt":"AAECAwQFBgcICQoLDA0O\u002bw==","salt":"AAECAwQFBgcICQoLDA0ODw==","dataSalt":"AAECAwQFBgcICQoLDA0ODw=="}"""], Salts),
    ];

    [Fact]
    public void Parsers_GivenAMillionInputsThatAreNearlyRight_NeverThrowAndAcceptOnlyWhatTheyWrite()
    {
        Random random = Seed.New(output);
        Subjects.Sum(subject => subject.Count).Should().BeGreaterThanOrEqualTo(1_000_000);
        List<string> wrong = [];
        foreach (Subject subject in Subjects)
        {
            byte[][] valid = [.. subject.Valid.Select(text => subject.Wide ? Utf8(text) : Latin1(text))];
            valid.Should().AllSatisfy(bytes => Again(subject, bytes).Should().Be(true, $"{subject.Name} takes what is right"));
            int accepted = 0;
            for (int i = 0; i < subject.Count; i++)
            {
                byte[] input = Mutation.Of(valid[random.Next(valid.Length)], random);
                bool? again = Again(subject, input);
                accepted += again is null ? 0 : 1;
                if (again == false)
                {
                    wrong.Add($"{subject.Name}: {Convert.ToHexString(input)}");
                }
            }

            output.WriteLine($"{subject.Name}: {accepted} of {subject.Count} accepted");
        }

        wrong.Should().BeEmpty();
    }

    // Null: refused. True: accepted, and written again as it was. An exception fails the test as it should.
    private static bool? Again(Subject subject, byte[] input)
    {
        if (subject.Wide)
        {
            // What cannot be told in characters is not told: half pairs and bad UTF-8 become what they become.
            input = Utf16(Encoding.UTF8.GetString(input));
        }

        return subject.ParseAndWrite(input) is { } written ? written.AsSpan().SequenceEqual(input) : null;
    }

    private static byte[]? Signer(byte[] bytes)
    {
        bool parsed = SignerKey.TryParse(Chars(bytes), out SignerKey? signer);
        using SignerKey? key = signer;
        return parsed ? Utf16(key!.ToSecretString()) : null;
    }

    private static byte[] Bundle(EntryBundle bundle)
    {
        EntryBundleBuilder builder = new();
        foreach (ReadOnlyMemory<byte> entry in bundle)
        {
            builder.Add(entry.Span);
        }

        return builder.ToArray();
    }

    private static byte[] Proof(ReadOnlyMemory<byte>? extra) => new TlogProof(extra, 5, Log.Tree.Inclusion(5, 20), Log.Checkpoint(20, Key, Union)).ToArray();

    private static byte[]? Evidence(byte[] bytes)
    {
        using MemoryStream stream = new(bytes);
        EvidenceReader reader = new(stream);
        ArrayBufferWriter<byte> output = new();
        EvidenceWriter writer = new(output);
        long next = 0;
        while (true)
        {
            switch (reader.ReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
            {
                case EvidenceHeader header:
                    writer.WriteHeader(header);
                    break;
                case EvidenceEvent @event when @event.Revision == next:
                    writer.WriteEvent(@event);
                    next++;
                    break;
                case EvidenceEnd end when end.Count == next:
                    writer.WriteEnd();
                    return output.WrittenSpan.ToArray();
                default:
                    // Malformed; or readable but not sound, which is the check's to say and the writer's to refuse.
                    return null;
            }
        }
    }

    private static byte[]? DisclosureText(byte[] bytes) => Disclosure.TryParse(bytes, out Disclosure? disclosure) ? Encoding.ASCII.GetBytes(disclosure.Text) : null;

    // Not written here either: what is accepted must say the same to another JSON reader.
    private static byte[]? SealedData(byte[] bytes)
    {
        if (SealedPersonal.Find(bytes, out SealedPersonal? found) != SealedForm.Sealed)
        {
            return null;
        }

        using JsonDocument json = JsonDocument.Parse(bytes);
        JsonElement personal = json.RootElement.GetProperty("personal");
        found!.Fields.Select(field => field.Name).Should().Equal(personal.GetProperty("sealed").EnumerateObject().Select(member => member.Name));
        found.Digests.Select(range => Text(bytes[range])).Should().Equal(personal.GetProperty("_sd").EnumerateArray().Select(item => item.GetString()));
        return bytes;
    }

    // Metadata is not written here: what is accepted must say the same to another JSON reader.
    private static byte[]? Salts(byte[] bytes)
    {
        if (!EventSalts.TryParse(bytes, out EventSalts salts))
        {
            return null;
        }

        using System.Text.Json.JsonDocument document = System.Text.Json.JsonDocument.Parse(bytes);
        bool same = document.RootElement.GetProperty("salt").GetBytesFromBase64().AsSpan().SequenceEqual(salts.Salt.Span)
            && document.RootElement.GetProperty("dataSalt").GetBytesFromBase64().AsSpan().SequenceEqual(salts.DataSalt.Span)
            && document.RootElement.GetProperty("nextSalt").GetBytesFromBase64().AsSpan().SequenceEqual(salts.NextSalt.Span);
        return same ? bytes : [];
    }

    [Theory]
    [InlineData("""{"salt":"AAECAwQFBgcICQoLDA0ODw==","dataSalt":"AAECAwQFBgcICQoLDA0ODw==","nextSalt":"AAECAwQFBgcICQoLDA0ODw=="}""", true)]
    [InlineData("""{"salt":"AAECAwQFBgcICQoLDA0ODw==","salt":"AAECAwQFBgcICQoLDA0ODw==","dataSalt":"AAECAwQFBgcICQoLDA0ODw==","nextSalt":"AAECAwQFBgcICQoLDA0ODw=="}""", false)]
    [InlineData("""{"salt":"AAECAwQFBgcICQoLDA0ODw==","\u0073alt":"AAECAwQFBgcICQoLDA0ODw==","dataSalt":"AAECAwQFBgcICQoLDA0ODw==","nextSalt":"AAECAwQFBgcICQoLDA0ODw=="}""", false)]
    [InlineData("""{"salt":"AAECAwQFBgcICQoLDA0ODw==","dataSalt":"AAECAwQFBgcICQoLDA0ODw=="}""", false)]
    [InlineData("""{"salt":"AAECAwQFBgcICQoLDA0ODx==","dataSalt":"AAECAwQFBgcICQoLDA0ODw==","nextSalt":"AAECAwQFBgcICQoLDA0ODw=="}""", false)]
    [InlineData("""{"salt":"AAECAwQFBgcICQoLDA0O","dataSalt":"AAECAwQFBgcICQoLDA0ODw==","nextSalt":"AAECAwQFBgcICQoLDA0ODw=="}""", false)]
    [InlineData("""{"salt":null,"dataSalt":"AAECAwQFBgcICQoLDA0ODw==","nextSalt":"AAECAwQFBgcICQoLDA0ODw=="}""", false)]
    [InlineData("""{"a":{"salt":"AAECAwQFBgcICQoLDA0ODw=="},"dataSalt":"AAECAwQFBgcICQoLDA0ODw==","nextSalt":"AAECAwQFBgcICQoLDA0ODw=="}""", false)]
    [InlineData("""[{"salt":"AAECAwQFBgcICQoLDA0ODw==","dataSalt":"AAECAwQFBgcICQoLDA0ODw==","nextSalt":"AAECAwQFBgcICQoLDA0ODw=="}]""", false)]
    [InlineData("""{"salt":"AAECAwQFBgcICQoLDA0ODw==","dataSalt":"AAECAwQFBgcICQoLDA0ODw==","nextSalt":"AAECAwQFBgcICQoLDA0ODw=="} {}""", false)]
    [InlineData("", false)]
    [InlineData("{", false)]
    public void Salts_AreReadOnlyWhenEachStandsOnce(string metadata, bool read) => EventSalts.TryParse(Bytes(metadata), out _).Should().Be(read);

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void AddCheckpointRequest_WithAtMost63Hashes_IsRead(int hashes, bool read) =>
        AddCheckpointRequest.TryParse(new AddCheckpointRequest(1, new TreeHash[hashes], Log.Checkpoint(7)).ToArray(), out _).Should().Be(read);

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void TlogProof_WithAtMost64Hashes_IsRead(int hashes, bool read) =>
        TlogProof.TryParse(new TlogProof(null, 1, new TreeHash[hashes], Log.Checkpoint(7)).ToArray(), out _).Should().Be(read);

    [Fact]
    public void TlogProof_WithAndWithoutExtra_IsTheFileOfTheSpecification()
    {
        string without = Text(Proof(null));
        without.Should().StartWith("c2sp.org/tlog-proof@v1\nindex 5\n").And.EndWith("\n\n" + Text(Log.Checkpoint(20, Key, Union).ToArray()));
        TlogProof.TryParse(Proof(null), out TlogProof? proof).Should().BeTrue();
        proof!.Extra.Should().BeNull();
        Text(Proof(new byte[] { 1, 2, 3, 4 })).Should().Be(without.Replace("@v1\n", "@v1\nextra AQIDBA==\n", StringComparison.Ordinal));
        TlogProof.TryParse(Proof(new byte[] { 1, 2, 3, 4 }), out proof).Should().BeTrue();
        proof!.Extra!.Value.ToArray().Should().Equal(1, 2, 3, 4);
        TlogProof.TryParse(Bytes(without.Replace("@v1\n", "@v1\nextra \n", StringComparison.Ordinal)), out _).Should().BeFalse("no data, no line");
    }

    // Test inputs travel as Latin-1 strings where they are bytes, so that any byte can stand in them.
    private static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    private static string Latin1(byte[] bytes) => Text(bytes);

    private static byte[] Latin1(string text) => text.Any(c => c > 0xFF) ? Utf8(text) : Encoding.Latin1.GetBytes(text);

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Utf16(string text) => Encoding.Unicode.GetBytes(text);

    private static string Chars(byte[] utf16) => Encoding.Unicode.GetString(utf16);

    private sealed record Subject(string Name, int Count, string[] Valid, Func<byte[], byte[]?> ParseAndWrite, bool Wide = false);
}
