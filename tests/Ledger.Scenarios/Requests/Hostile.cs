using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.V1;

namespace Ledger.Scenarios.Requests;

/// <summary>Makes malformed and hostile requests, the same ones from the same seed.</summary>
/// <param name="random">Where chance comes from.</param>
/// <param name="worker">Somebody's record, which none of the tokens made here opens.</param>
/// <param name="token">A token that holds: what broken ones are made of.</param>
/// <param name="strangers">Tokens that hold and open nothing of <paramref name="worker"/>.</param>
internal sealed class Hostile(Random random, string worker, string token, string[] strangers)
{
    private const string Record = "/ledger.v1.DecisionService/RecordDecision";
    private const string RecordStream = "/ledger.v1.DecisionService/RecordDecisions";
    private const string JsonRecord = "/v1/organisations/main/decisions:record";

    private static readonly string[] Names =
    [
        "", "/", "organisations", "organisations/", "organisations/MAIN", "organisations/other", "organisations/main/", "organisations/main/workers",
        "organisations/main/workers/x", "organisations/-/workers/-", "organisations/../workers/..", "organisations/main\0/workers/x", "’; DROP TABLE events; --",
        "organisations/" + new string('a', 41), "organisations/main/workers/" + new string('F', 32), "organisations/main/workers/" + new string('é', 32),
        "organisations/main/workers/00000000000000000000000000000000/decisions/x", new string('/', 4000), new string('a', 100_000),
    ];

    private static readonly string[] Tokens =
        ["x", "MC4", "====", "LTEuYWJj", "OTk5OTk5OTk5OTk5OTk5OTk5OTkuYWJj", "MTIuMTIuMTI", "%00", "é", new string('A', 65), new string('A', 5000)];

    private static readonly string[] Values =
    [
        "1e999", "-1e999", "NaN", "\"NaN\"", "\"-Infinity\"", "Infinity", "123456789012345678901234567890", "-1", "0.1", "1e-400", "null", "true", "[]", "{}", "[{}]",
        "\"\"", "\"\\ud800\"", "\"\\udc00x\"", "\"\\u0000\"", "\"\\u0007\"", "\"\u0001\"", "\"x", "'x'", "\"2026-13-01T00:00:00Z\"", "\"9999-12-31T23:59:59.999999999Z\"",
        "\"0000-00-00\"", "\"-1s\"", "\"99999999999999s\"", "{\"a\":{\"b\":{}}}", "\"\\x\"", "01", "+1", "\"" + "\u00ff\u202e" + "\"",
    ];

    private static readonly string[] ContentTypes =
    [
        "text/plain", "application/xml", "application/grpc-web", "application/grpc+json", "application/json; charset=utf-16", "application/json; charset=nonsense",
        "multipart/form-data", "application/x-www-form-urlencoded", "application/protobuf", "application/grpc;;;", "*/*",
    ];

    private readonly Guid id = Seed.NewId(random);

    /// <summary>The next request, and what kind it is.</summary>
    public (string Kind, HttpRequestMessage Request) Next() => random.Next(28) switch
    {
        0 => ("truncated", Grpc(Record, Frame(Truncated(Valid())))),
        1 or 2 or 3 => ("flipped bytes", Grpc(Record, Frame(Flipped(Valid())))),
        4 => ("wrong wire type", Grpc(Record, Frame(Spliced(Valid(), [(byte)random.Next(256)])))),
        5 => ("huge length", Grpc(Record, Frame(Spliced(Valid(), HugeLength())))),
        6 => ("deep nesting", Grpc(Record, Frame(Deep()))),
        7 => ("bad framing", Grpc(random.Next(3) == 0 ? RecordStream : Record, BadFrame())),
        8 => ("wrong content type", Grpc(Record, Frame(Valid()), Pick(ContentTypes))),
        9 => ("unknown method", Grpc(Pick(["/ledger.v1.DecisionService/Delete", "/ledger.v1.Nothing/Record", "/ledger.v1.DecisionService/", "/ledger.v1.DecisionService"]), Frame(Valid()))),
        10 => ("bad name or token", Read()),
        11 => ("bad metadata", BadMetadata()),
        12 => ("mutated batch", Grpc(RecordStream, [.. Frame(Batch(random.Next(4))), .. Frame(Flipped(Batch(2)))])),
        13 => ("batch out of size", Grpc(RecordStream, Frame(Batch(random.Next(2) == 0 ? 1001 : 0)))),
        14 or 15 => ("JSON mutated", Json(JsonRecord, Bytes(FlippedText(ValidJson())))),
        16 or 17 => ("JSON wrong value", Json(JsonRecord, Bytes(WithValue(ValidJson(), Pick(Values))))),
        18 => ("JSON deep or unknown", Json(JsonRecord, Bytes(DeepJson()))),
        19 => ("JSON not text", Json(JsonRecord, random.Next(2) == 0 ? Flipped(Bytes(ValidJson())) : Noise(random.Next(2000)), random.Next(2) == 0 ? Pick(ContentTypes) : null)),
        20 => ("JSON address", JsonAddress()),
        21 or 22 or 23 or 24 => ("broken token", Bearing(Broken(token))),
        25 => ("stranger's token", Bearing(Pick(strangers))),
        26 => ("stranger's broken token", Bearing(Broken(Pick(strangers)))),
        _ => random.Next(40) == 0 ? ("oversize", Oversize()) : ("noise", Grpc(Record, Frame(Noise(random.Next(3000))))),
    };

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Frame(byte[] message) =>
        [0, (byte)(message.Length >> 24), (byte)(message.Length >> 16), (byte)(message.Length >> 8), (byte)message.Length, .. message];

    private static HttpRequestMessage Grpc(string path, byte[] body, string contentType = "application/grpc")
    {
        HttpRequestMessage request = new(HttpMethod.Post, path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.TryAddWithoutValidation("content-type", contentType);
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        return request;
    }

    private static HttpRequestMessage Json(string path, byte[] body, string? contentType = null)
    {
        HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("content-type", contentType ?? "application/json");
        return request;
    }

    /// <summary>Asks for somebody's record, in one form or the other, with a token that does not open it.</summary>
    private HttpRequestMessage Bearing(string bearer)
    {
        HttpRequestMessage request = random.Next(4) switch
        {
            0 => new HttpRequestMessage(HttpMethod.Get, new Uri($"/v1/{worker}/decisions?purpose=x", UriKind.Relative)),
            1 => new HttpRequestMessage(HttpMethod.Get, new Uri($"/v1/{worker}/mandates", UriKind.Relative)),
            2 => Grpc("/ledger.v1.WorkerService/GetProtection", Frame(new GetProtectionRequest { Parent = worker }.ToByteArray())),
            _ => Grpc("/ledger.v1.DecisionService/ListDecisions", Frame(new ListDecisionsRequest { Parent = worker, Purpose = "x" }.ToByteArray())),
        };
        request.Headers.TryAddWithoutValidation("authorization", random.Next(20) == 0 ? bearer : $"Bearer {bearer}");
        return request;
    }

    /// <summary>A token that does not hold any more: its bytes, its parts or its claims are not those that were signed.</summary>
    private string Broken(string whole)
    {
        string[] parts = whole.Split('.');
        switch (random.Next(9))
        {
            case 0:
                // Never the last letter of a part, of which a few bits mean nothing.
                int part = random.Next(3);
                int at = random.Next(parts[part].Length - 1);
                char other = (char)(parts[part][at] == 'A' ? 'B' : 'A');
                parts[part] = parts[part][..at] + other + parts[part][(at + 1)..];
                break;
            case 1:
                return whole[..random.Next(whole.Length - 1)];
            case 2:
                // What a client can send at all.
                return new string([.. Noise(random.Next(1, 300)).Select(b => (char)(' ' + (b % 95)))]);
            case 3:
                parts[0] = Part("{\"alg\":\"" + Pick(["none", "None", "HS256", "HS512", "RS256", "ES384", "PS256", "", "es256"]) + "\",\"typ\":\"at+jwt\"}");
                break;
            case 4:
                parts[1] = Part(Claims(parts[1]).Replace(Pick(["\"main\"", "\"test\"", "\"hr\"", "\"exp\":", "\"worker\"", "\"elsewhere\"", "urn:"]), Pick(["\"x\"", "\"operator\"", Pick(Values)])));
                break;
            case 5:
                parts[1] = Part(Claims(parts[1]).Insert(1, $"\"{Pick(["holds_directory", "roles", "organisation", "exp", "sub", "iss"])}\":{Pick(["true", "[\"operator\",\"hr\"]", "\"main\"", "99999999999", Pick(Values)])},"));
                break;
            case 6:
                parts[2] = random.Next(3) switch { 0 => "", 1 => Base64Url.EncodeToString(Noise(64)), _ => new string('A', 86) };
                break;
            case 7:
                return string.Join('.', Enumerable.Range(0, random.Next(1, 9)).Select(_ => Pick([.. parts, "", "eyJ", new string('A', random.Next(3_500))])).Append("x"));
            default:
                (parts[0], parts[1]) = (parts[1], parts[0]);
                break;
        }

        return string.Join('.', parts);
    }

    private static string Claims(string part) => Encoding.UTF8.GetString(Base64Url.DecodeFromChars(part));

    // A replacement that replaced nothing must not leave the token as it was.
    private static string Part(string json) => Base64Url.EncodeToString(Bytes($" {json}"));

    private T Pick<T>(T[] from) => from[random.Next(from.Length)];

    private byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        random.NextBytes(noise);
        return noise;
    }

    private Decision ValidDecision() => new DecisionBuilder(id, "E-hostile").Build();

    private byte[] Valid() => new RecordDecisionRequest { Parent = DecisionBuilder.Organisation, Decision = ValidDecision() }.ToByteArray();

    private string ValidJson() => JsonFormatter.Default.Format(ValidDecision());

    private byte[] Batch(int size)
    {
        RecordDecisionsRequest batch = new() { Parent = DecisionBuilder.Organisation };
        batch.Decisions.AddRange(Enumerable.Range(0, size).Select(_ => ValidDecision()));
        return batch.ToByteArray();
    }

    private byte[] Truncated(byte[] bytes) => bytes[..random.Next(bytes.Length)];

    private byte[] Flipped(byte[] bytes)
    {
        for (int flips = random.Next(1, 9); flips > 0 && bytes.Length > 0; flips--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return bytes;
    }

    private byte[] Spliced(byte[] bytes, byte[] with)
    {
        int at = random.Next(bytes.Length);
        return [.. bytes[..at], .. with, .. bytes[at..]];
    }

    private byte[] HugeLength() => Pick<byte[]>([[0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0x07], [0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]]);

    private byte[] Deep()
    {
        // Groups of an unknown field within each other, or messages within each other as length-delimited fields.
        if (random.Next(2) == 0)
        {
            byte[] groups = new byte[random.Next(2, 100_000)];
            Array.Fill(groups, (byte)0x7B);
            return groups;
        }

        byte[] nested = [];
        for (int depth = random.Next(2, 200); depth > 0; depth--)
        {
            nested = [0x12, .. Varint(nested.Length), .. nested];
        }

        return nested;
    }

    private static byte[] Varint(int value) => value < 0x80 ? [(byte)value] : [(byte)(value | 0x80), .. Varint(value >> 7)];

    private byte[] BadFrame()
    {
        byte[] frame = Frame(Valid());
        switch (random.Next(6))
        {
            case 0:
                frame[0] = (byte)random.Next(1, 256);
                break;
            case 1:
                frame[random.Next(1, 5)] ^= (byte)random.Next(1, 256);
                break;
            case 2:
                frame = frame[..random.Next(frame.Length)];
                break;
            case 3:
                frame = [.. frame, .. frame];
                break;
            case 4:
                frame = [.. frame, .. Noise(random.Next(1, 20))];
                break;
            default:
                frame = [];
                break;
        }

        return frame;
    }

    private HttpRequestMessage Read()
    {
        string name = Pick(Names);
        return random.Next(5) switch
        {
            0 => Grpc("/ledger.v1.DecisionService/ListDecisions", Frame(new ListDecisionsRequest { Parent = name, PageSize = random.Next(-10, 1000) }.ToByteArray())),
            1 => Grpc("/ledger.v1.DecisionService/ListDecisions", Frame(new ListDecisionsRequest { Parent = worker, PageToken = Pick(Tokens), PageSize = int.MinValue }.ToByteArray())),
            2 => Grpc("/ledger.v1.DecisionService/GetDecision", Frame(new GetDecisionRequest { Name = name }.ToByteArray())),
            3 => Grpc("/ledger.v1.WorkerService/LookupWorker", Frame(new LookupWorkerRequest { Parent = name, EmployeeNumber = Pick(Names) }.ToByteArray())),
            _ => Grpc("/ledger.v1.DecisionService/WatchDecisions", Frame(new WatchDecisionsRequest { Parent = random.Next(2) == 0 ? name : worker, AfterRevision = -random.NextInt64(2, long.MaxValue) }.ToByteArray())),
        };
    }

    private HttpRequestMessage BadMetadata()
    {
        HttpRequestMessage request = Grpc(Record, Frame(Truncated(Valid())));
        (string name, string value) = Pick<(string, string)>(
        [
            ("grpc-timeout", "x"), ("grpc-timeout", "99999999999H"), ("grpc-timeout", "-1S"), ("grpc-encoding", "nonsense"), ("grpc-accept-encoding", ",,,"),
            ("accept-language", ";;;q=~"), ("accept-language", new string('x', 4000)), ("accept-language", "tlh"), ("traceparent", "00-zz-zz-zz"),
            ("traceparent", new string('0', 1000)), ("tracestate", new string('=', 2000)), ("x-bin", "!!!"), ("baggage", "a=b,,,=;"),
        ]);
        request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private HttpRequestMessage Oversize()
    {
        byte[] big = new byte[(4 * 1024 * 1024) + random.Next(1, 1024 * 1024)];
        Array.Fill(big, (byte)' ');
        HttpRequestMessage request = random.Next(2) == 0 ? Grpc(Record, Frame(big)) : Json(JsonRecord, big);
        request.Headers.ExpectContinue = request.Version == HttpVersion.Version11;
        return request;
    }

    private string FlippedText(string json)
    {
        char[] text = json.ToCharArray();
        for (int flips = random.Next(1, 5); flips > 0; flips--)
        {
            text[random.Next(text.Length)] = Pick("{}[]\",:\\\0\u0007e1.-xé\ud800".ToCharArray());
        }

        return new string(text);
    }

    /// <summary>One value of the document replaced by another.</summary>
    private string WithValue(string json, string value)
    {
        int[] colons = [.. Enumerable.Range(0, json.Length).Where(i => json[i] == ':' && json[i - 1] == '"')];
        int start = Pick(colons) + 1;
        int depth = 0;
        int end = start;
        bool quoted = false;
        for (; end < json.Length && (depth > 0 || quoted || json[end] is not (',' or '}' or ']')); end++)
        {
            quoted ^= json[end] == '"';
            depth += quoted ? 0 : json[end] is '{' or '[' ? 1 : json[end] is '}' or ']' ? -1 : 0;
            if (depth == 0 && !quoted && json[end] is '}' or ']')
            {
                end++;
                break;
            }
        }

        return json[..start] + value + json[end..];
    }

    private string DeepJson()
    {
        int depth = random.Next(2, 100_000);
        return random.Next(4) switch
        {
            0 => new string('[', depth),
            1 => string.Concat(Enumerable.Repeat("{\"personal\":", depth)),
            2 => ValidJson().Insert(1, "\"unknown\":" + new string('[', 200) + new string(']', 200) + ","),
            _ => ValidJson().Insert(1, $"\"{Pick(["unknown", "__proto__", "@type", "name", "decisionId", "decision_id"])}\":{Pick(Values)},"),
        };
    }

    private HttpRequestMessage JsonAddress()
    {
        string name = Pick(Names);
        string address = random.Next(5) switch
        {
            0 => $"/v1/{worker}/decisions?{Pick(["pageSize", "pageToken", "category", "adverse", "decidedFrom", "nothing", "page_size", "parent", "="])}={Uri.EscapeDataString(Pick(Values))}",
            1 => $"/v1/{worker}/decisions?pageToken={Uri.EscapeDataString(Pick(Tokens))}",
            2 => $"/v1/{Uri.EscapeDataString(name.Length > 4000 ? name[..4000] : name)}/decisions",
            3 => $"/v1/{worker}/decisions/{Pick(["%ED%A0%80", "%00", "%FF%FE", "..%2f..", "%", "a%20b"])}",
            _ => $"/v1/{worker}/decisions/{string.Create(CultureInfo.InvariantCulture, $"{id}")}",
        };
        return new HttpRequestMessage(Pick([HttpMethod.Get, HttpMethod.Get, HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete, HttpMethod.Options]), new Uri(address, UriKind.Relative));
    }
}
