using System.CommandLine;

namespace Ledger.Cli.Hosting;

/// <summary><c>ledger completion SHELL</c>: a script that lets the shell ask this command what may come next.</summary>
internal static class CompletionCommand
{
    // Each asks through the suggest directive: the cursor's place, then the line typed so far.
    private const string Bash = """
        # ledger completion for bash:  source <(ledger completion bash)
        _ledger() {
            local candidates
            candidates=$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)
            mapfile -t COMPREPLY < <(compgen -W "${candidates}" -- "${COMP_WORDS[COMP_CWORD]}")
        }
        complete -o default -F _ledger ledger ./ledger
        """;

    private const string Zsh = """
        #compdef ledger
        # ledger completion for zsh:  source <(ledger completion zsh)
        _ledger() {
            local -a candidates
            candidates=("${(@f)$("${words[1]}" "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            (( ${#candidates} )) && compadd -a candidates || _files
        }
        compdef _ledger ledger ./ledger
        """;

    private const string Fish = """
        # ledger completion for fish:  ledger completion fish | source
        function __ledger_candidates
            set -l line (commandline -cp)
            ledger "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c ledger -a '(__ledger_candidates)'
        """;

    private const string Pwsh = """
        # ledger completion for PowerShell:  ledger completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName ledger -ScriptBlock {
            param($word, $line, $cursor)
            ledger "[suggest:$cursor]" "$line" 2>$null | Where-Object { $_ -like "$word*" } | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }
        """;

    public static Command Create(Session session)
    {
        Command command = new("completion", session.Texts["completion.description"]);
        Argument<string> shell = new("shell") { Description = session.Texts["completion.shell"] };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        command.Arguments.Add(shell);
        session.SetAction(command, json: null, async (parsed, _) =>
        {
            await session.SayAsync(parsed.GetRequiredValue(shell) switch { "bash" => Bash, "zsh" => Zsh, "fish" => Fish, _ => Pwsh });
            return ExitCode.Ok;
        });
        return command;
    }
}
