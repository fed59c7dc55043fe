using System.CommandLine;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.Silo.Transparency;

namespace Ledger.Cli.Transparency;

/// <summary><c>ledger keys rotate</c>: has an organisation's log sign with a new key.</summary>
internal static class KeysCommand
{
    public const string Schema = "ledger.keys/1";

    public static Command Create(Session session)
    {
        Texts texts = session.Texts;
        Command rotate = new("rotate", texts["keys.rotate"]);
        Option<DirectoryInfo> data = new("--data") { Description = texts["keys.data"], HelpName = "DIR", Required = true };
        Option<string?> organisation = new("--organisation", "-o") { Description = texts["keys.organisation"], HelpName = "ID" };
        Option<bool> lost = new("--lost") { Description = texts["keys.lost"] };
        Option<bool> json = session.JsonOption();
        foreach (Option option in new Option[] { data, organisation, lost, json })
        {
            rotate.Options.Add(option);
        }

        session.SetAction(rotate, json, async (parsed, _) =>
        {
            string directory = parsed.GetRequiredValue(data).FullName;
            string chosen = Choose(session, directory, parsed.GetValue(organisation));
            bool isLost = parsed.GetValue(lost);
            if (!LogKeyRotation.TryRequest(DataDirectory.KeysOf(directory), chosen, isLost))
            {
                throw new CommandFailure(ExitCode.Failed, texts.Format("keys.none", DataDirectory.KeysOf(directory), chosen));
            }

            await session.SayAsync(parsed.GetValue(json)
                ? JsonLine.Write(writer =>
                {
                    writer.WriteString("schema", Schema);
                    writer.WriteString("organisation", chosen);
                    writer.WriteBoolean("lost", isLost);
                })
                : texts.Format(isLost ? "keys.requestedLost" : "keys.requested", chosen));
            return ExitCode.Ok;
        });
        return new Command("keys", texts["keys.description"]) { rotate };
    }

    private static string Choose(Session session, string directory, string? asked)
    {
        string[] held = DataDirectory.Organisations(directory);
        return asked is null && held is [var only] ? only
            : asked is not null && held.Contains(asked, StringComparer.Ordinal) ? asked
            : throw new CommandFailure(ExitCode.Usage, held.Length == 0
                ? session.Texts.Format("data.keys", DataDirectory.KeysOf(directory))
                : session.Texts.Format("data.organisation", directory, asked, string.Join(", ", held)));
    }
}
