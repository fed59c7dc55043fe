using System.CommandLine;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.Silo.Transparency;
using Ledger.Silo.Workers.Sealing;

namespace Ledger.Cli.Transparency;

/// <summary><c>ledger keys rotate</c>: has an organisation's log sign with a new key, or its workers' keys wrapped by one.</summary>
internal static class KeysCommand
{
    public const string Schema = "ledger.keys/1";

    public static Command Create(Session session)
    {
        Texts texts = session.Texts;
        Command rotate = new("rotate", texts["keys.rotate"]);
        Option<DirectoryInfo> data = new("--data") { Description = texts["keys.data"], HelpName = "DIR", Required = true };
        Option<string?> organisation = new("--organisation", "-o") { Description = texts["keys.organisation"], HelpName = "ID" };
        Option<bool> sealing = new("--sealing") { Description = texts["keys.sealing"] };
        Option<bool> lost = new("--lost") { Description = texts["keys.lost"] };
        Option<bool> json = session.JsonOption();
        foreach (Option option in new Option[] { data, organisation, sealing, lost, json })
        {
            rotate.Options.Add(option);
        }

        session.SetAction(rotate, json, async (parsed, cancellationToken) =>
        {
            string directory = parsed.GetRequiredValue(data).FullName;
            string chosen = DataDirectory.Choose(session, directory, DataDirectory.KeysOf(directory), parsed.GetValue(organisation));
            bool isLost = parsed.GetValue(lost);
            if (parsed.GetValue(sealing))
            {
                return isLost
                    ? throw new CommandFailure(ExitCode.Usage, texts["keys.sealingLost"]) { Field = "--lost" }
                    : await RotateRingAsync(session, directory, chosen, parsed.GetValue(json), cancellationToken);
            }

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

    /// <summary>Gives the workers' keys a new wrap, beside a running ledger or without one.</summary>
    private static async Task<ExitCode> RotateRingAsync(Session session, string directory, string organisation, bool json, CancellationToken cancellationToken)
    {
        string? database = LedgerConfiguration.Load(session, null, [])["Ledger:Keys:ConnectionString"];
        int version = await KeyRingRotation.RotateAsync(DataDirectory.KeysOf(directory), database, organisation, cancellationToken);
        await session.SayAsync(json
            ? JsonLine.Write(writer =>
            {
                writer.WriteString("schema", Schema);
                writer.WriteString("organisation", organisation);
                writer.WriteNumber("ring", version);
            })
            : session.Texts.Format("keys.ringRotated", organisation, version));
        return ExitCode.Ok;
    }
}
