// One figure for each instance; its parts are moved by their own matrices.
in vec4 p3d_Vertex;
in vec3 p3d_Normal;
in uint element;  // the part
in uint material;
uniform mat4 p3d_ModelViewProjectionMatrix;
uniform samplerBuffer people; // thirteen texels each, see scene/people.py
centroid out vec3 site;
centroid out vec3 normal;
centroid out vec3 rest;
flat out uint slot;
flat out uint material_row;
flat out uvec4 state;
flat out vec3 person_tone;

void main() {
    int row = gl_InstanceID * 13 + int(element) * 3;
    vec4 x = texelFetch(people, row), y = texelFetch(people, row + 1), z = texelFetch(people, row + 2);
    site = vec3(dot(x, p3d_Vertex), dot(y, p3d_Vertex), dot(z, p3d_Vertex));
    normal = vec3(dot(x.xyz, p3d_Normal), dot(y.xyz, p3d_Normal), dot(z.xyz, p3d_Normal));
    rest = p3d_Vertex.xyz;
    slot = 0u;
    state = uvec4(0u);
    material_row = material;
    person_tone = texelFetch(people, gl_InstanceID * 13 + 12).rgb;
    gl_Position = p3d_ModelViewProjectionMatrix * vec4(site, 1.0);
}
