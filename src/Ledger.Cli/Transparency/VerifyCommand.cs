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
        Argument<string?> file = new("FILE") { Description = session.Texts["verify.option.file"], Arity = ArgumentArity.ZeroOrOne };
        Option<DirectoryInfo?> data = new("--data") { Description = session.Texts["verify.option.data"], HelpName = "DIR" };
        Option<string?> store = new("--store") { Description = session.Texts["verify.option.store"], HelpName = "esdb://…" };
        Option<string?> organisation = new("--organisation", "-o") { Description = session.Texts["verify.option.organisation"], HelpName = "ID" };
        Option<string?> log = new("--log") { Description = session.Texts["verify.option.log"], HelpName = "URL" };
        Option<string[]> logKeys = new("--log-key") { Description = session.Texts["verify.option.logKey"], HelpName = "VKEY" };
        Option<string[]> witnessKeys = new("--witness-key") { Description = session.Texts["verify.option.witnessKey"], HelpName = "VKEY" };
        Option<FileInfo?> receipts = new("--receipts") { Description = session.Texts["verify.option.receipts"], HelpName = "FILE" };
        Option<DirectoryInfo?> state = new("--state") { Description = session.Texts["verify.option.state"], HelpName = "DIR" };
        Option<bool> json = session.JsonOption();
        command.Arguments.Add(file);
        foreach (Option option in new Option[] { log, data, store, organisation, logKeys, witnessKeys, state, receipts, json })
        {
            command.Options.Add(option);
        }

        session.SetAction(command, json, (parsed, cancellationToken) =>
        {
            bool asJson = parsed.GetValue(json);
            IReadOnlyList<VerifierKey> held = WitnessOptions.ReadKeys(session, parsed.GetValue(logKeys) ?? [], KeyAlgorithm.Ed25519);
            IReadOnlyList<VerifierKey> witnesses = WitnessOptions.ReadKeys(session, parsed.GetValue(witnessKeys) ?? [], KeyAlgorithm.CosignatureV1);
            string? folder = Full(session, parsed.GetValue(data)?.ToString());
            bool ofStore = folder is not null || parsed.GetValue(store) is not null;
            string? kept = Full(session, parsed.GetValue(receipts)?.ToString());
            if (kept is not null && (ofStore || parsed.GetValue(file) is not null))
            {
                throw new CommandFailure(ExitCode.Usage, session.Texts["verify.receipts.alone"]);
            }

            if (parsed.GetValue(file) is { } path)
            {
                return ofStore
                    ? throw new CommandFailure(ExitCode.Usage, session.Texts["verify.what"])
                    : EvidenceVerification.RunAsync(
                        session, new EvidenceRequest(Full(session, path)!, held, witnesses, parsed.GetValue(log)), asJson, cancellationToken);
            }

            if (ofStore)
            {
                string whose = Organisation(session, folder, parsed.GetValue(organisation));
                string where = parsed.GetValue(log)
                    ?? (folder is null ? throw new CommandFailure(ExitCode.Usage, session.Texts["verify.store.noLog"]) : Path.Combine(folder, "log", whose));
                StoreVerificationRequest both = new(folder, parsed.GetValue(store), whose, where, held);
                return StoreVerification.RunAsync(session, both, asJson, cancellationToken);
            }

            string address = parsed.GetValue(log) ?? throw new CommandFailure(ExitCode.Usage, session.Texts["verify.what"]);
            LogCheckRequest request = new(address, held, witnesses, Full(session, parsed.GetValue(state)?.ToString()))
            {
                Receipts = kept is null ? null : KeptReceipts.Read(session, kept),
            };
            return LogCheck.RunAsync(session, request, asJson, cancellationToken);
        });
        return command;
    }

    private static string? Full(Session session, string? path) => path is null ? null : Path.GetFullPath(path, session.Around.Directory);

    private static string Organisation(Session session, string? data, string? asked) =>
        asked
        ?? (data is not null && DataDirectory.Organisations(data) is [var only] ? only : null)
        ?? throw new CommandFailure(ExitCode.Usage, session.Texts["verify.store.whose"]);
}
