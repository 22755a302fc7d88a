# The host lab with a mistake: what is mounted over /etc/ssh hides sshd_config, and nobody gets in.
{ ... }:

{
  imports = [ ../lab ];

  environment.persistence."/persist".directories = [ "/etc/ssh" ];
}
