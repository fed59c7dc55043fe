using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CsCheck;
using FluentAssertions;
using Ledger.Silo.Hosting;
using Ledger.Silo.Workers.Sealing;
using Ledger.Verification;
using Xunit;
using static Ledger.Silo.Tests.Workers.Sealing.SealedSample;

namespace Ledger.Silo.Tests.Workers.Sealing;

public sealed class WorkerKeyTests : IDisposable
{
    private readonly WorkerKey key = Key();
    private readonly Entropy entropy = new();

    public void Dispose() => key.Dispose();

    [Fact]
    public void AnyJson_SealedAndOpened_IsByteForByteWhatItWas() => Any.Sample(sample =>
    {
        byte[] data = key.Seal(EventId, StreamName, sample.Clear, sample.Personal, entropy);

        key.TryOpen(EventId, StreamName, data, out byte[] opened).Should().BeTrue();
        Text(opened).Should().Be(Text(Whole(sample.Clear, sample.Personal)));
        Text(WorkerKey.WithoutPersonal(data)).Should().Be(Text(sample.Clear));
        using JsonDocument json = JsonDocument.Parse(data);
        JsonElement sealedPart = json.RootElement.GetProperty("personal");
        sealedPart.EnumerateObject().Select(m => m.Name).Should().Equal("_sd", "sealed");
        sealedPart.GetProperty("_sd").EnumerateArray().Select(d => d.GetString()!).Should().BeInAscendingOrder(StringComparer.Ordinal);
    });

    [Fact]
    public void AnyJson_Disclosed_IsWhatTheEventCommitsTo() => Gen.Select(Any, Gen.Int[0, int.MaxValue]).Sample((sample, chosen) =>
    {
        byte[] data = key.Seal(EventId, StreamName, sample.Clear, sample.Personal, entropy);
        string[] names = [.. JsonDocument.Parse(sample.Personal).RootElement.EnumerateObject().Select(m => m.Name)];
        string[] shown = [.. names.Where((_, i) => ((chosen >> (i % 31)) & 1) == 1)];

        key.TryDisclose(EventId, StreamName, data, name => shown.Contains(name, StringComparer.Ordinal), out string[] texts).Should().BeTrue();
        Disclosure[] disclosures = [.. texts.Select(t => Disclosure.TryParse(t, out Disclosure? d) ? d : throw new FormatException(t))];
        DisclosedFields.Check(data, disclosures, out DisclosedFields? fields).Should().BeNull();
        fields!.Shown.Select(d => d.Name).Should().Equal(shown);
        fields.Withheld.Should().Equal(names.Except(shown, StringComparer.Ordinal));
        foreach (Disclosure disclosure in fields.Shown)
        {
            Text(disclosure.Value.ToArray()).Should().Be(JsonDocument.Parse(sample.Personal).RootElement.GetProperty(disclosure.Name).GetRawText());
        }
    });

    [Fact]
    public void Decision_Sealed_SaysNothingOfThePerson()
    {
        (byte[] clear, byte[] personal) = FullDecision();
        string data = Text(key.Seal(EventId, StreamName, clear, personal, entropy));

        data.Should().StartWith(Text(clear[..^1]));
        foreach (string word in (string[])["shift_kept", "distance", "horizon", "parce que", "picking", "agreed with"])
        {
            Text(personal).Should().Contain(word);
            data.Should().NotContain(word).And.NotContain(Convert.ToBase64String(Bytes(word))[..^2]);
        }
    }

    [Fact]
    public void Decision_SealedTwice_IsSealedDifferently()
    {
        (byte[] clear, byte[] personal) = FullDecision();
        string[] words = [.. Enumerable.Range(0, 2).SelectMany(_ => Text(key.Seal(EventId, StreamName, clear, personal, entropy)[clear.Length..]).Split('"').Where(w => w.Length > 40))];

        words.Should().HaveCount(40).And.OnlyHaveUniqueItems("neither a digest nor a box may tell that two events say the same");
    }

    [Fact]
    public void Event_OfAnotherKeyIdOrStream_IsNotOpened()
    {
        (byte[] clear, byte[] personal) = FullDecision();
        byte[] data = key.Seal(EventId, StreamName, clear, personal, entropy);
        using WorkerKey other = Key(8);

        other.TryOpen(EventId, StreamName, data, out byte[] opened).Should().BeFalse();
        opened.Should().BeEmpty();
        key.TryOpen(StoredId(2), StreamName, data, out _).Should().BeFalse();
        key.TryOpen(EventId, StreamName[..^1] + "0", data, out _).Should().BeFalse();
        other.TryDisclose(EventId, StreamName, data, _ => true, out string[] disclosures).Should().BeFalse();
        disclosures.Should().BeEmpty();
    }

    [Fact]
    public void Event_WithAnyBitOfItsSealedPartFlipped_IsNotOpened()
    {
        byte[] clear = Bytes("""{"n":1}""");
        byte[] data = key.Seal(EventId, StreamName, clear, Bytes("""{"score":0.5,"reasons":["late"],"é":null}"""), entropy);
        List<int> opened = [];
        for (int bit = (clear.Length - 1) * 8; bit < data.Length * 8; bit++)
        {
            data[bit / 8] ^= (byte)(1 << (bit % 8));
            if (key.TryOpen(EventId, StreamName, data, out byte[] shown) && Text(shown).Contains("late", StringComparison.Ordinal))
            {
                opened.Add(bit);
            }

            data[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        opened.Should().BeEmpty();
        key.TryOpen(EventId, StreamName, data, out _).Should().BeTrue();
    }

    [Fact]
    public void Event_WithFieldsSwappedDroppedOrDoubled_IsNotOpened()
    {
        string data = Text(key.Seal(EventId, StreamName, Bytes("{}"), Bytes("""{"a":1,"b":2}"""), entropy));
        string[] digests = [.. data.Split("\"_sd\":[")[1].Split(']')[0].Split(',')];
        string[] fields = [.. data.Split("\"sealed\":{")[1].Split('}')[0].Split(',')];
        string[] boxes = [.. fields.Select(f => f.Split(':')[1])];
        string[] wrong =
        [
            Event([.. digests], [$"\"a\":{boxes[1]}", $"\"b\":{boxes[0]}"]), Event([.. digests], [$"\"a\":{boxes[0]}", $"\"c\":{boxes[1]}"]),
            Event([.. digests], [fields[0]]), Event([digests[0]], [.. fields]), Event([.. digests], [fields[0], fields[0]]),
            Event([digests[0], digests[0]], [.. fields]), Event([digests[1], digests[0]], [.. fields]), Event([], []) + " ",
            Event([.. digests, "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""], [.. fields]), data.Replace("{\"_sd\"", "{ \"_sd\"", StringComparison.Ordinal),
            data.Replace("{\"personal\"", "{\"personal\":1,\"personal\"", StringComparison.Ordinal), data[..^1] + ",\"n\":1}",
            data.Replace("\"sealed\"", "\"Sealed\"", StringComparison.Ordinal), data.Replace("\"_sd\"", "\"_sD\"", StringComparison.Ordinal),
        ];

        Event([.. digests], [.. fields]).Should().Be(data);
        wrong.Should().AllSatisfy(event_ => (key.TryOpen(EventId, StreamName, Bytes(event_), out _) && event_.Contains(boxes[0], StringComparison.Ordinal)).Should().BeFalse(event_));

        static string Event(string[] digests, string[] fields) =>
            $"{{\"personal\":{{\"_sd\":[{string.Join(',', digests)}],\"sealed\":{{{string.Join(',', fields)}}}}}}}";
    }

    [Fact]
    public void Event_WithItsFieldsInAnotherOrder_HasItsDigestsInTheSame()
    {
        (byte[] clear, byte[] personal) = FullDecision();
        byte[] data = key.Seal(EventId, StreamName, clear, personal, entropy);
        string sealedPart = Text(data).Split("\"sealed\":{")[1].TrimEnd('}');
        byte[] turned = Bytes(Text(data).Replace(sealedPart, string.Join(',', sealedPart.Split(',').Reverse()), StringComparison.Ordinal));

        key.TryOpen(EventId, StreamName, turned, out byte[] opened).Should().BeTrue("the digests do not say in which order the fields are");
        JsonDocument.Parse(opened).RootElement.GetProperty("personal").EnumerateObject().Select(m => m.Name)
            .Should().Equal(JsonDocument.Parse(personal).RootElement.EnumerateObject().Select(m => m.Name).Reverse());
    }

    [Fact]
    public void AnyBytes_Opened_NeverThrow() => Gen.Select(Gen.Byte.Array[0, 300], Any, Gen.Int[0, 2000], Gen.Int[0, 40]).Sample((noise, sample, at, length) =>
    {
        byte[] data = key.Seal(EventId, StreamName, sample.Clear, sample.Personal, entropy);
        int start = at % data.Length;
        int end = Math.Min(data.Length, start + length);
        foreach (byte[] bad in (byte[][])[noise, data[..start], [.. data[..start], .. data[end..]], [.. data[..start], .. noise, .. data[end..]]])
        {
            key.TryOpen(EventId, StreamName, bad, out _);
            key.TryDisclose(EventId, StreamName, bad, _ => true, out _);
            WorkerKey.WithoutPersonal(bad);
        }
    });

    [Theory]
    [InlineData("""{"decisionId":"1","personal":{"score":0.5}}""")]
    [InlineData("""{"n":0}""")]
    [InlineData("""{"personal":null}""")]
    [InlineData("{}")]
    [InlineData("no json")]
    [InlineData("")]
    public void Data_WithoutASealedPart_ComesBackAsItIs(string data)
    {
        key.TryOpen(EventId, StreamName, Bytes(data), out byte[] opened).Should().BeTrue();
        Text(opened).Should().Be(data);
        key.TryDisclose(EventId, StreamName, Bytes(data), _ => true, out string[] disclosures).Should().BeTrue();
        disclosures.Should().BeEmpty();
    }

    [Theory]
    [InlineData("""{"a":1,"personal":{"score":0.5},"b":[2]}""", """{"a":1,"b":[2]}""")]
    [InlineData("""{"personal":{"score":0.5}}""", "{}")]
    [InlineData("""{"personal":{"_sd":[],"sealed":{""", "{}")]
    [InlineData("no json", "{}")]
    public void Data_WithoutThePerson_HaveNoneOfIt(string data, string left) => Text(WorkerKey.WithoutPersonal(Bytes(data))).Should().Be(left);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"a\":1")]
    [InlineData("{\"a\":1} ")]
    [InlineData("{ \"a\":1}")]
    [InlineData("{\"a\":1 }")]
    [InlineData("{\"a\" :1}")]
    [InlineData("{\"a\": 1}")]
    [InlineData("{\"a\":1, \"b\":2}")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{\"a\\u0062\":1}")]
    [InlineData("{\"_sd\":1}")]
    [InlineData("{\"...\":1}")]
    public void Person_InAFormThatCouldNotBeGivenBack_IsNotSealed(string personal) =>
        FluentActions.Invoking(() => key.Seal(EventId, StreamName, Bytes("{}"), Bytes(personal), entropy)).Should().Throw<ArgumentException>();

    [Fact]
    public void Person_WithAsManyFieldsAsThereMayBe_IsSealed_AndWithOneMoreIsNot()
    {
        byte[] most = Fields(SealedPersonal.MaxFields);
        byte[] data = key.Seal(EventId, StreamName, Bytes("{}"), most, entropy);

        key.TryOpen(EventId, StreamName, data, out byte[] opened).Should().BeTrue();
        Text(opened).Should().Be(Text(Whole(Bytes("{}"), most)));
        FluentActions.Invoking(() => key.Seal(EventId, StreamName, Bytes("{}"), Fields(SealedPersonal.MaxFields + 1), entropy)).Should().Throw<ArgumentException>();

        static byte[] Fields(int count) => Bytes($"{{{string.Join(',', Enumerable.Range(0, count).Select(i => $"\"field {i}\":{i}"))}}}");
    }

    [Fact]
    public void Box_IsWhatAesGcmOfThePlatformOpens()
    {
        // By the page docs/formats/sealed-event.md alone, without our parser.
        byte[] data = key.Seal(EventId, StreamName, Bytes("""{"n":1}"""), Bytes("""{"score":0.5}"""), new Counting());
        JsonElement sealedPart = JsonDocument.Parse(data).RootElement.GetProperty("personal");
        byte[] box = sealedPart.GetProperty("sealed").GetProperty("score").GetBytesFromBase64();
        byte[] plain = new byte[box.Length - 29];
        using AesGcm aes = new([.. Enumerable.Range(7, 32).Select(i => (byte)i)], 16);
        aes.Decrypt(box.AsSpan(1, 12), box.AsSpan(13, plain.Length), box.AsSpan(13 + plain.Length), plain, Encoding.UTF8.GetBytes($"ledger-seal/v1\n{StreamName}\n{EventId}\nscore"));

        box[0].Should().Be(1);
        Text(plain).Should().Be("""["AAECAwQFBgcICQoLDA0ODw","score",0.5]""");
        string text = Convert.ToBase64String(plain).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        string digest = Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(text))).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        sealedPart.GetProperty("_sd").EnumerateArray().Select(d => d.GetString()).Should().Equal(digest);
    }

    [Fact]
    public void AnyJson_SealedByOneCipher_IsOpenedByTheOther() => Any.Sample(sample =>
    {
        using WorkerKey platform = new(new GcmKey([.. Enumerable.Range(7, 32).Select(i => (byte)i)], sodium: false));
        byte[] data = key.Seal(EventId, StreamName, sample.Clear, sample.Personal, new Counting());
        platform.Seal(EventId, StreamName, sample.Clear, sample.Personal, new Counting()).Should().Equal(data);

        platform.TryOpen(EventId, StreamName, data, out byte[] opened).Should().BeTrue();
        Text(opened).Should().Be(Text(Whole(sample.Clear, sample.Personal)));
        data[^10] ^= 1;
        platform.TryOpen(EventId, StreamName, data, out _).Should().Be(key.TryOpen(EventId, StreamName, data, out _));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cipher_OfThePublishedVector_IsTheVectors(bool sodium)
    {
        // McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16.
        using GcmKey gcm = new(Convert.FromHexString("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"), sodium);
        byte[] nonce = Convert.FromHexString("cafebabefacedbaddecaf888");
        byte[] plain = Convert.FromHexString("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
        byte[] associated = Convert.FromHexString("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        byte[] output = new byte[plain.Length + 16];
        gcm.Encrypt(nonce, plain, output, associated);

        Convert.ToHexStringLower(output).Should().Be(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" + "76fc6ece0f4e1768cddf8853bb2d551b");
        byte[] again = new byte[plain.Length];
        gcm.TryDecrypt(nonce, output, again, associated).Should().BeTrue();
        again.Should().Equal(plain);
        output[^1] ^= 1;
        gcm.TryDecrypt(nonce, output, again, associated).Should().BeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Key_ThatWasLetGo_NeitherSealsNorOpens(bool sodium)
    {
        WorkerKey gone = new(new GcmKey(new byte[WorkerKey.Length], sodium));
        byte[] data = gone.Seal(EventId, StreamName, Bytes("{}"), Bytes("{\"a\":1}"), entropy);
        gone.Dispose();

        FluentActions.Invoking(() => gone.Seal(EventId, StreamName, Bytes("{}"), Bytes("{\"a\":1}"), entropy)).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => gone.TryOpen(EventId, StreamName, data, out _)).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public async Task Key_UsedByManyThreads_SealsAndOpensWhole()
    {
        (byte[] clear, byte[] personal) = FullDecision();
        byte[] whole = Whole(clear, personal);
        await Parallel.ForEachAsync(Enumerable.Range(0, 2000), (_, _) =>
        {
            byte[] data = key.Seal(EventId, StreamName, clear, personal, entropy);
            return key.TryOpen(EventId, StreamName, data, out byte[] opened) && opened.AsSpan().SequenceEqual(whole)
                ? default
                : throw new InvalidDataException("Not what was sealed.");
        });
    }

    private static Guid StoredId(int number) => new($"00000000-0000-4000-8000-{number:x12}");
}
