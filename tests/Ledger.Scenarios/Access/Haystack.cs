using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Ledger.Scenarios.Access;

/// <summary>Everything that a ledger leaves behind, searched for planted words in every form in which somebody could find them again.</summary>
internal static class Haystack
{
    /// <summary>Where which word was found, in which form, with what stands around it.</summary>
    public static IReadOnlyList<string> Find(
        IReadOnlyList<string> words, IEnumerable<string> files, IEnumerable<(string Signal, byte[] Body)>? telemetry = null)
    {
        List<string> found = [];
        (string Form, byte[] Needle)[] needles = [.. words.SelectMany(word => Forms(word).Select(f => ($"“{word}” as {f.Form}", f.Needle)))];
        foreach (string file in files)
        {
            Note(found, needles, Path.GetFileName(file), File.ReadAllBytes(file));
        }

        foreach ((string signal, byte[] body) in telemetry ?? [])
        {
            Note(found, needles, $"OTLP {signal}", body);
        }

        return [.. found.Distinct(StringComparer.Ordinal)];
    }

    private static void Note(List<string> found, (string Form, byte[] Needle)[] needles, string place, byte[] content)
    {
        foreach ((string form, byte[] needle) in needles)
        {
            int at = content.AsSpan().IndexOf(needle);
            if (at >= 0)
            {
                int from = Math.Max(0, at - 200);
                found.Add($"{form} in {place}: …{Encoding.UTF8.GetString(content.AsSpan(from, Math.Min(400, content.Length - from)))}…");
            }
        }

        foreach (byte[] inner in Unpacked(content))
        {
            Note(found, needles, place + " (gzip)", inner);
        }
    }

    private static IEnumerable<(string Form, byte[] Needle)> Forms(string word)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(word);
        yield return ("UTF-8", bytes);
        yield return ("UTF-16", Encoding.Unicode.GetBytes(word));
        yield return ("hex", Encoding.ASCII.GetBytes(Convert.ToHexString(bytes)));
        yield return ("hex", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes)));
        yield return ("SHA-256", SHA256.HashData(bytes));
        yield return ("SHA-256 hex", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(bytes))));
        for (int before = 0; before < 3; before++)
        {
            // Only characters that do not depend on what stands before and after.
            string text = Convert.ToBase64String([.. new byte[before], .. bytes]);
            int start = ((before * 8) + 5) / 6;
            string inside = text[start..((before + bytes.Length) * 8 / 6)];
            yield return ("base64", Encoding.ASCII.GetBytes(inside));
            yield return ("base64url", Encoding.ASCII.GetBytes(inside.Replace('+', '-').Replace('/', '_')));
        }
    }

    /// <summary>What gzip streams inside hold (RFC 1952 §2.3.1).</summary>
    private static List<byte[]> Unpacked(byte[] content)
    {
        List<byte[]> inner = [];
        byte[] magic = [0x1F, 0x8B, 0x08];
        for (int at = content.AsSpan().IndexOf(magic); at >= 0;)
        {
            try
            {
                using GZipStream gzip = new(new MemoryStream(content, at, content.Length - at), CompressionMode.Decompress);
                using MemoryStream plain = new();
                gzip.CopyTo(plain);
                inner.Add(plain.ToArray());
            }
            catch (InvalidDataException)
            {
                // Three bytes that only look like the beginning of one.
            }

            int next = content.AsSpan(at + 1).IndexOf(magic);
            at = next < 0 ? -1 : at + 1 + next;
        }

        return inner;
    }
}
