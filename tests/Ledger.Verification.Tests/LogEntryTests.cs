using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using FluentAssertions;
using Ledger.Tests;
using Xunit;

namespace Ledger.Verification.Tests;

public sealed class LogEntryTests
{
    private static readonly Gen<EventBytes> Events = Gen.Select(
        Gen.String[0, 80], Gen.Long[0, long.MaxValue], Gen.Guid, Gen.String[Gen.Char.AlphaNumeric, 1, 60],
        Gen.Byte.Array[LogEntry.SaltLength], Gen.Byte.Array[LogEntry.SaltLength], Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 300])
        .Select((stream, revision, id, type, salt, dataSalt, data, metadata) =>
            new EventBytes(stream, revision, id, type, salt, dataSalt, data, metadata));

    [Fact]
    public void Entry_OfAnyEvent_IsWhatTheFactSheetSays() => Events.Sample(e =>
    {
        string entry = Encoding.UTF8.GetString(LogEntry.Encode(e));
        entry.Should().Be(Reference.Entry(e));
    });

    [Fact]
    public void LeafHash_OfAnyEvent_IsRfc6962OfItsEntry() => Events.Sample(e =>
    {
        byte[] expected = SHA256.HashData([0x00, .. Encoding.UTF8.GetBytes(Reference.Entry(e))]);
        LogEntry.LeafHash(e).Should().Equal(expected);
    });

    [Fact]
    public void LeafHash_WhenAnyBitOfAnyInputFlips_IsAnother() => Gen.Select(Events, Gen.Int[0, 7], Gen.UInt).Sample((e, input, chance) =>
    {
        EventBytes changed = input switch
        {
            0 => e with { Salt = Flip(e.Salt.ToArray(), chance) },
            1 => e with { DataSalt = Flip(e.DataSalt.ToArray(), chance) },
            2 => e with { Data = Flip(e.Data.ToArray(), chance) },
            3 => e with { Metadata = Flip(e.Metadata.ToArray(), chance) },
            4 => e with { Id = new Guid(Flip(e.Id.ToByteArray(), chance)) },
            5 => e with { Revision = e.Revision ^ (1L << (int)(chance % 63)) },
            6 => e with { Type = FlipAscii(e.Type, chance) },
            _ => e with { Stream = e.Stream + "x" },
        };
        LogEntry.LeafHash(changed).Should().NotEqual(LogEntry.LeafHash(e));
    });

    [Fact]
    public void LeafHash_OfStreamAndRevisionThatReadTheSameTogether_Differs()
    {
        // "worker-1" at 12 and "worker-11" at 2 must not run into each other.
        EventBytes e = Example.Event;
        LogEntry.LeafHash(e with { Stream = "worker-1", Revision = 12 })
            .Should().NotEqual(LogEntry.LeafHash(e with { Stream = "worker-11", Revision = 2 }));
    }

    [Fact]
    public void Entry_WithNamesOutsideAscii_IsUtf8()
    {
        EventBytes e = Example.Event with { Stream = "worker-général-é", Type = "décision-inscrite.v1" };
        Encoding.UTF8.GetString(LogEntry.Encode(e)).Should().Be(Reference.Entry(e)).And.Contain("\ndécision-inscrite.v1\n");
    }

    [Fact]
    public void Entry_InAnyCulture_HasTheSameDigits()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("fa-IR");
            LogEntry.LeafHash(Example.Event).Should().Equal(Convert.FromHexString(Example.LeafHash));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void WorkedExample_InTheDocumentation_IsByteForByteWhatIsComputed()
    {
        string page = Repository.Read("docs", "formats", "log-entry.md");
        string entry = Encoding.UTF8.GetString(LogEntry.Encode(Example.Event));

        page.Should().Contain($"```text\n{entry}```", "the entry stands there in full");
        page.Should().Contain(Hex.Dump([0x00, .. LogEntry.Encode(Example.Event)]), "every byte that is hashed stands there");
        page.Should().Contain(Convert.ToHexStringLower(LogEntry.LeafHash(Example.Event)));
        foreach (string input in (string[])[
            Example.Event.Stream, Example.Event.Id.ToString(), Example.Event.Type, Example.Data, Example.Metadata,
            Convert.ToHexStringLower(Example.Event.Salt.Span), Convert.ToHexStringLower(Example.Event.DataSalt.Span)])
        {
            page.Should().Contain(input);
        }

        Convert.ToHexStringLower(LogEntry.LeafHash(Example.Event)).Should().Be(Example.LeafHash);
    }

    private static byte[] Flip(byte[] bytes, uint chance)
    {
        if (bytes.Length == 0)
        {
            return [1];
        }

        uint bit = chance % (uint)(bytes.Length * 8);
        bytes[bit / 8] ^= (byte)(1 << (int)(bit % 8));
        return bytes;
    }

    private static string FlipAscii(string text, uint chance)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        uint bit = chance % (uint)(bytes.Length * 7);
        bytes[bit / 7] ^= (byte)(1 << (int)(bit % 7));
        return Encoding.ASCII.GetString(bytes);
    }

    /// <summary>The fact sheet, said plainly: strings and concatenation, nothing shared with the code under test.</summary>
    private static class Reference
    {
        public static string Entry(EventBytes e)
        {
            byte[] label = [.. e.Salt.Span, .. Encoding.UTF8.GetBytes(e.Stream), 0x0A, .. Encoding.ASCII.GetBytes(e.Revision.ToString("D", CultureInfo.InvariantCulture))];
            byte[] salted = [.. e.DataSalt.Span, .. e.Data.Span];
            return "ledger-entry/v1\n"
                + e.Id.ToString("D").ToLowerInvariant() + "\n"
                + e.Type + "\n"
                + Convert.ToBase64String(SHA256.HashData(label)) + "\n"
                + Convert.ToBase64String(SHA256.HashData(salted)) + "\n"
                + Convert.ToBase64String(SHA256.HashData(e.Metadata.ToArray())) + "\n";
        }
    }

    private static class Example
    {
        public const string Data = """{"decisionId":"6a7f2c1e-58a9-4f5e-9c3d-0b8f6f1f2a10","organisation":"main","worker":"00112233445566778899aabbccddeeff"}""";

        public const string Metadata = """{"$correlationId":"4bf92f3577b34da6a3ce929d0e0e4736","$causationId":"4bf92f3577b34da6a3ce929d0e0e4736","actor":"producer","recordedAt":"2026-03-09T14:05:07.123456Z","appendEnd":7,"salt":"AAECAwQFBgcICQoLDA0ODw==","dataSalt":"EBESExQVFhcYGRobHB0eHw==","nextSalt":"ICEiIyQlJicoKSorLC0uLw=="}""";

        public const string LeafHash = "d712580e41f684d5593eaa537d1f5c57d7c29242292f4a06773804ac827aa955";

        public static readonly EventBytes Event = new(
            "worker-main-00112233445566778899aabbccddeeff", 7, new Guid("c2a5e0f4-1b7d-4c39-8e56-7d1f0a9b3c42"), "decision-recorded.v1",
            Convert.FromHexString("000102030405060708090a0b0c0d0e0f"), Convert.FromHexString("101112131415161718191a1b1c1d1e1f"),
            Encoding.UTF8.GetBytes(Data), Encoding.UTF8.GetBytes(Metadata));
    }
}
