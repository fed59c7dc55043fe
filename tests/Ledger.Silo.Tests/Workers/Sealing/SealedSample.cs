using System.Text;
using CsCheck;
using Ledger.Contracts.Decisions;
using Ledger.Silo.Hosting;
using Ledger.Silo.Tests.Decisions;
using Ledger.Silo.Workers.Sealing;

namespace Ledger.Silo.Tests.Workers.Sealing;

/// <summary>What is sealed in tests: a key, an event's place, a decision, and any JSON at all.</summary>
internal static class SealedSample
{
    public const string StreamName = "worker-main-00112233445566778899aabbccddeeff";

    public static readonly Guid EventId = new("00000001-1b7d-4c39-8e56-7d1f0a9b3c42");

    /// <summary>Everything that goes around: a JSON object and what a worker's key makes of it.</summary>
    public static readonly Gen<(byte[] Clear, byte[] Personal)> Any = Gen.Select(
        Members(6, maxNameLength: 6).Where(members => members.All(m => m.Name != "personal")), Members(12, maxNameLength: 20),
        (clear, personal) => (Object(clear), Object(personal)));

    public static WorkerKey Key(byte number = 7) => new([.. Enumerable.Range(0, WorkerKey.Length).Select(i => (byte)(i + number))]);

    /// <summary>A full decision as the producers' edge makes it: what stays in the clear, and what is sealed.</summary>
    public static (byte[] Clear, byte[] Personal) FullDecision()
    {
        DecisionRecorded decision = StoredDecision.Full(StoredDecision.Id(1));
        byte[] personal = DecisionJson.Bytes(decision.Personal!);
        string whole = Encoding.UTF8.GetString(DecisionJson.Bytes(decision));
        int end = whole.Length - Encoding.UTF8.GetString(personal).Length - ",\"personal\":}".Length;
        return (Encoding.UTF8.GetBytes(whole[..end] + "}"), personal);
    }

    public static byte[] Whole(byte[] clear, byte[] personal) =>
        [.. clear[..^1], .. clear.Length > 2 ? ","u8 : [], .. "\"personal\":"u8, .. personal, (byte)'}'];

    public static string Text(byte[] utf8) => Encoding.UTF8.GetString(utf8);

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static Gen<List<(string Name, string Value)>> Members(int most, int maxNameLength)
    {
        // Any name that needs no escapes, letters of all languages among them.
        Gen<string> name = Gen.Char.Where(c => c >= ' ' && c != '"' && c != '\\' && !char.IsSurrogate(c)).Array[0, maxNameLength]
            .Select(letters => new string(letters)).Where(n => n is not ("_sd" or "..."));
        return Gen.Select(name, Json(3)).List[0, most].Select(members => members.DistinctBy(m => m.Item1, StringComparer.Ordinal).ToList());
    }

    private static Gen<string> Json(int depth)
    {
        Gen<string> scalar = Gen.OneOf(
            Gen.Const("null"), Gen.Const("true"), Gen.Const("false"), Gen.Const("-0.0e+10"), Gen.Const("\"\""), Gen.Const("\"\\u00e9\\ud83d\\ude00\\/\\n\""),
            Gen.Const("123456789012345678901234567890"), Gen.Const("\"}],[{\\\"_sd\\\":\""), Gen.Const("{\"_sd\":[]}"),
            Gen.Double.Select(d => System.Text.Json.JsonSerializer.Serialize(double.IsFinite(d) ? d : 0)),
            Gen.String.Select(s => System.Text.Json.JsonSerializer.Serialize(s)));
        return depth == 0 ? scalar : Gen.Frequency(
            (3, scalar),
            (1, Gen.Select(Json(depth - 1).Array[0, 3], Gen.OneOf(Gen.Const(""), Gen.Const(" "), Gen.Const("\n\t"))).Select((items, space) => $"[{space}{string.Join($"{space},", items)}{space}]")),
            (1, Gen.Select(Gen.String[Gen.Char.AlphaNumeric, 0, 5], Json(depth - 1), Gen.OneOf(Gen.Const(""), Gen.Const(" "))).Select((n, v, space) => $"{{{space}\"{n}\"{space}:{v}{space}}}")));
    }

    private static byte[] Object(List<(string Name, string Value)> members) =>
        Bytes($"{{{string.Join(',', members.Select(m => $"\"{m.Name}\":{m.Value}"))}}}");

    /// <summary>Chance that is the same each time: 1, 2, 3 … from a given byte on.</summary>
    internal sealed class Counting(byte from = 0) : Entropy
    {
        private byte next = from;

        public override void Fill(Span<byte> bytes)
        {
            foreach (ref byte b in bytes)
            {
                b = next++;
            }
        }
    }
}
