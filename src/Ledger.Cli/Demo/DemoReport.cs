using Ledger.Api.Access;
using Ledger.Cli.Decisions;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.V1;

namespace Ledger.Cli.Demo;

/// <summary>What the demo says: that nothing in it is real, one worker's trail in words, and where to look.</summary>
internal static class DemoReport
{
    public const string Schema = "ledger.demo/1";

    // Enough to see what a trail is like; the rest is one command away.
    private const int Shown = 3;

    public static async Task WriteAsync(
        Session session, BellerivePlay play, LedgerHost host, DemoDirectory directory, DemoResult result, bool once, CancellationToken cancellationToken)
    {
        Texts texts = session.Texts;
        Paragraphs paragraphs = new(session);
        await SayAsync(texts.Format("demo.title", BellerivePlay.OrganisationName));
        if (session.Language.Guessed)
        {
            await SayAsync(texts["language.other"]);
        }

        await session.SayAsync("");
        await SayAsync(result.New == 0 ? texts.Format("demo.nothingNew", result.Recorded) : texts.Format("demo.recorded", result.New, result.Recorded));
        await SayAsync(texts.Format("demo.trail", BellerivePlay.EmployeeNumber, result.TrailLength, Shown));
        await session.SayAsync("");
        await foreach (RecordedDecision decision in play.TrailOf(result.Worker).ReadAsync(Shown, cancellationToken))
        {
            foreach (string line in paragraphs.Of(decision))
            {
                await session.SayAsync(line);
            }
        }

        await SayAsync(texts.Format("demo.checkpoint", result.Checkpoint.Size, result.Checkpoint.RootHash.ToBase64()));
        await SayAsync(texts.Format(
            directory.GoesAway ? "demo.goesAway" : "demo.stays", directory.Path));
        await SayAsync(texts["demo.access"]);
        await session.SayAsync("");
        if (!once)
        {
            await session.SayAsync(texts["demo.look"]);
            foreach ((string name, Uri link) in Links(session, host, result))
            {
                await session.SayAsync($"  {texts["demo.link." + name]}  {link}");
            }

            await session.SayAsync("");
            await session.SayAsync(texts["demo.try"]);
            string token = $"./ledger token --data {directory.Path}";
            await session.SayAsync($"  export LEDGER_TOKEN=$({token} --role worker --employee {BellerivePlay.EmployeeNumber})");
            await session.SayAsync($"  ./ledger trail --server {Banner.Plain(host.Grpc)}");
            await session.SayAsync($"  curl -H \"Authorization: Bearer $LEDGER_TOKEN\" {TrailUrl(host, result)}");
            await session.SayAsync($"  LEDGER_TOKEN=$({token} --role hr) ./ledger trail --server {Banner.Plain(host.Grpc)} -o {BellerivePlay.Organisation} --employee {BellerivePlay.EmployeeNumber} --purpose {texts["demo.purpose"]}");
        }
        else if (!directory.GoesAway)
        {
            await session.SayAsync(texts["demo.try"]);
            await session.SayAsync($"  ./ledger trail --data {directory.Path} -o {BellerivePlay.Organisation} --employee {BellerivePlay.EmployeeNumber}");
        }

        async Task SayAsync(string text)
        {
            foreach (string line in paragraphs.Fold(text, "", 0))
            {
                await session.SayAsync(line);
            }
        }
    }

    public static string LastWords(Session session, DemoDirectory directory, bool once) =>
        session.Texts[!once ? "demo.stop" : directory.GoesAway ? "demo.gone" : "demo.done"];

    public static string Json(Session session, LedgerHost host, DemoDirectory directory, DemoResult result, bool once) => JsonLine.Write(writer =>
    {
        writer.WriteString("schema", Schema);
        writer.WriteBoolean("simulated", true);
        writer.WriteString("organisation", BellerivePlay.Organisation);
        writer.WriteString("organisationName", BellerivePlay.OrganisationName);
        writer.WriteNumber("recorded", result.Recorded);
        writer.WriteNumber("new", result.New);
        writer.WriteString("worker", result.Worker.Worker_);
        writer.WriteString("employeeNumber", BellerivePlay.EmployeeNumber);
        writer.WriteNumber("trail", result.TrailLength);
        writer.WriteStartObject("checkpoint");
        writer.WriteNumber("size", result.Checkpoint.Size);
        writer.WriteString("root", result.Checkpoint.RootHash.ToBase64());
        writer.WriteString("url", CheckpointUrl(host, directory, result, once).ToString());
        writer.WriteEndObject();
        writer.WriteString("data", directory.Path);
        writer.WriteBoolean("dataGoesAway", directory.GoesAway);
        if (!once)
        {
            writer.WriteString("grpc", Banner.Plain(host.Grpc));
            writer.WriteString("trailUrl", TrailUrl(host, result).ToString());
            writer.WriteStartObject("tokens");
            foreach ((string name, LocalGrant grant) in DemoTokens.All(result))
            {
                writer.WriteString(name, host.Token(session, grant));
            }

            writer.WriteEndObject();
            writer.WriteStartObject("links");
            foreach ((string name, Uri link) in Links(session, host, result))
            {
                writer.WriteString(name, link.ToString());
            }

            writer.WriteEndObject();
        }
    });

    private static IEnumerable<(string Name, Uri Link)> Links(Session session, LedgerHost host, DemoResult result) =>
    [
        .. DemoTokens.Readers.Select(name => (name, SignIn(session, host, DemoTokens.All(result).Single(t => string.Equals(t.Name, name, StringComparison.Ordinal)).Grant))),
        ("public", new Uri(host.Http, $"/{session.Language.Tag}/{(string.Equals(session.Language.Tag, "en", StringComparison.Ordinal) ? "ledger" : "registre")}/{BellerivePlay.Organisation}")),
        ("checkpoint", CheckpointUrl(host, result)),
        ("health", new Uri(host.Http, HealthCommand.ReadyPath)),
    ];

    // Taken by a ledger on loopback only, and swapped at once for a session.
    private static Uri SignIn(Session session, LedgerHost host, LocalGrant grant) =>
        new(host.Http, LocalSignIn.Path(session.Texts.IsFrench, host.Token(session, grant)));

    private static Uri TrailUrl(LedgerHost host, DemoResult result) => new(host.Http, $"/v1/{result.Worker.Name}/decisions?pageSize=20");

    private static Uri CheckpointUrl(LedgerHost host, DemoResult result) => new(host.Http, $"{result.Checkpoint.Path}/checkpoint");

    // Where no server stays, the file does.
    private static Uri CheckpointUrl(LedgerHost host, DemoDirectory directory, DemoResult result, bool once) =>
        once ? new Uri(Path.Combine(Path.GetFullPath(directory.Path), $"{result.Checkpoint.Path[1..]}/checkpoint")) : CheckpointUrl(host, result);
}
