using System.CommandLine;
using Ledger.Cli.Hosting;
using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary><c>ledger verify</c>: holds what is shown against what was signed, without believing who shows it.</summary>
internal static class VerifyCommand
{
    public static Command Create(Session session)
    {
        Command command = new("verify", session.Texts["verify.description"]);
        Option<string?> log = new("--log") { Description = session.Texts["verify.option.log"], HelpName = "URL" };
        Option<string[]> logKeys = new("--log-key") { Description = session.Texts["verify.option.logKey"], HelpName = "VKEY" };
        Option<string[]> witnessKeys = new("--witness-key") { Description = session.Texts["verify.option.witnessKey"], HelpName = "VKEY" };
        Option<DirectoryInfo?> state = new("--state") { Description = session.Texts["verify.option.state"], HelpName = "DIR" };
        Option<bool> json = session.JsonOption();
        foreach (Option option in new Option[] { log, logKeys, witnessKeys, state, json })
        {
            command.Options.Add(option);
        }

        session.SetAction(command, json, (parsed, cancellationToken) =>
        {
            string address = parsed.GetValue(log) ?? throw new CommandFailure(ExitCode.Usage, session.Texts["verify.what"]);
            LogCheckRequest request = new(
                address,
                WitnessOptions.ReadKeys(session, parsed.GetValue(logKeys) ?? [], KeyAlgorithm.Ed25519),
                WitnessOptions.ReadKeys(session, parsed.GetValue(witnessKeys) ?? [], KeyAlgorithm.CosignatureV1),
                parsed.GetValue(state) is { } directory ? Path.GetFullPath(directory.ToString(), session.Around.Directory) : null);
            return LogCheck.RunAsync(session, request, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }
}
